"""A fork: what of librados and librbd the child has inherited is the parent's, and must not even be taken down.

Their threads are not in the child; to close a connection or an image there would wait for them for ever.
"""

from __future__ import annotations

import ctypes
import os
import weakref
from typing import Any, Protocol


class Inherited(Protocol):
    """What lets go of the parent's things in a child."""

    def leave_to_parent(self) -> None:
        """Begin anew, as if nothing had been opened; called in the child."""


_all: weakref.WeakSet[Any] = weakref.WeakSet()


def let_go_after_fork(thing: Inherited) -> None:
    """Have `thing.leave_to_parent()` called in every forked child."""
    _all.add(thing)


def never_freed(*things: object) -> None:
    """Keep objects beyond the end of this process, so that nothing takes them down."""
    for thing in things:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


def _in_child() -> None:
    for thing in list(_all):
        thing.leave_to_parent()


os.register_at_fork(after_in_child=_in_child)
