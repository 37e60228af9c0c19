"""What librados and librbd have open, at the end of the process and after a fork.

At the end it is closed, as far as the cluster answers within a moment; what is not closed then must not be taken down
by the interpreter either, which would wait for the cluster for ever. In a forked child it is the parent's: the threads
that serve it are not there, and to close it would wait for them.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import threading
import weakref
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import ClassVar

_GRACE = 2.0
"""Seconds that the end of the process waits for the cluster."""


class Held(ABC):
    """Something that holds objects of librados or librbd."""

    closing_turn: ClassVar[int | None] = None
    """At the end of the process those with a smaller number are closed first; None: it is not for this to close."""

    def __init__(self) -> None:
        _all.add(self)

    @abstractmethod
    def held(self) -> tuple[object, ...]:
        """The objects; they are never freed, when the process ends or was forked."""

    @abstractmethod
    def let_go(self) -> None:
        """Begin anew in a forked child, as if nothing had been opened."""

    @abstractmethod
    def close(self) -> None:
        """Close what is open; again is harmless."""


_all: weakref.WeakSet[Held] = weakref.WeakSet()


def _keep(things: list[Held]) -> None:
    for thing in things:
        for one in thing.held():
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(one))


def _in_child() -> None:
    things = list(_all)
    _keep(things)
    for thing in things:
        thing.let_go()


def _at_exit() -> None:
    things = list(_all)
    _keep(things)
    turns = sorted(
        (thing.closing_turn, number) for number, thing in enumerate(things) if thing.closing_turn is not None
    )

    def close() -> None:
        for _, number in turns:
            things[number].close()

    thread = threading.Thread(target=close, name="orlop-rbd-exit", daemon=True)
    with suppress(RuntimeError):  # so late that there are no new threads: the end of the process closes its sockets
        thread.start()
        thread.join(_GRACE)


os.register_at_fork(after_in_child=_in_child)
atexit.register(_at_exit)
