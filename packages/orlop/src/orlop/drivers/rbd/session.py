"""One live connection to a cluster. It ends when nobody holds it any more, or with the process."""

from __future__ import annotations

import threading
import weakref
from contextlib import suppress
from typing import Any, ClassVar

from orlop.drivers.rbd.lifetimes import Held

_GRACE = 2.0
"""Seconds that the end of a connection is waited for; with a cluster that does not answer it ends by itself, later."""


class Session(Held):
    """A connection of librados.

    cluster: librados' own object; it is never shut down while a thread holds this.
    """

    closing_turn: ClassVar[int | None] = 2

    def __init__(self, cluster: Any) -> None:
        super().__init__()
        self.cluster = cluster
        self.fsid: str = cluster.get_fsid()
        self._end = weakref.finalize(self, _shut_down, cluster)
        self._end.atexit = False  # then it has its turn, after the images

    def close(self) -> None:
        self._end()

    def held(self) -> tuple[object, ...]:
        return (self.cluster,)

    def let_go(self) -> None:
        self._end.detach()


def _shut_down(cluster: Any) -> None:
    thread = threading.Thread(target=cluster.shutdown, name="orlop-rados-shutdown", daemon=True)
    with suppress(RuntimeError):  # no new threads at the very end of the process, which closes its sockets itself
        thread.start()
        thread.join(_GRACE)
