"""One image, opened for reading at its snapshot."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from orlop.driver import Blob
from orlop.drivers.rbd.connection import Connection, Pool
from orlop.drivers.rbd.extents import Extents
from orlop.drivers.rbd.modules import Modules
from orlop.drivers.rbd.opened import OpenImage, at_snapshot
from orlop.drivers.rbd.settings import MIB
from orlop.errors import NotFound, Unavailable
from orlop.holes import zeros

_PIECE = 2 * MIB
_LANES = 3
_SEGMENT = 4 * MIB


class RbdBlob(Blob):
    """An image; from its first byte to `close` it is open, which the cluster shows to others as a watcher.

    So it is not deleted while it is read. Who has asked for it and never reads holds nobody up.

    pool, name, snapshot: where the image is; `snapshot` is None for one of old that has none.
    """

    def __init__(self, modules: Modules, connection: Connection, pool: Pool, name: str, snapshot: str | None) -> None:
        self.pool, self.name, self.snapshot = pool, name, snapshot
        self._modules = modules
        self._connection = connection
        self._opening = threading.Lock()
        self._open: OpenImage | None = None
        self._closed = False
        with at_snapshot(modules, pool, name, snapshot) as image:
            self.size = self._length = image.size()
            self._identity = image.id()
            self._extents = Extents(modules, image, self._length)
        self.lanes, self.segment = _LANES, _SEGMENT

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        end = self._length if stop is None else stop
        with self._connection.renewing():
            opened = self._opened()
            for first, last, hole in self._extents.cut(opened, start, end):
                for at in range(first, last, _PIECE):
                    length = min(_PIECE, last - at)
                    yield zeros(length) if hole else _data(opened, at, length)

    def close(self) -> None:
        with self._opening:
            self._closed = True
            opened = self._open
        if opened is not None:
            opened.close()

    def _opened(self) -> OpenImage:
        with self._opening:
            if self._closed:
                raise Unavailable("the image has been closed")
            pool = self._connection.pool(self.pool.name, self.pool.namespace)
            if self._open is None or self._open.pool is not pool:  # or the cluster has shut the old client out
                stale, self._open = self._open, None
                if stale is not None:
                    stale.close()
                self._open = self._anew(pool)
            return self._open

    def _anew(self, pool: Pool) -> OpenImage:
        try:
            opened = OpenImage(pool, _opened(self._modules, pool, self.name, self.snapshot))
        except self._modules.rbd.ImageNotFound as error:
            raise NotFound("the image has been deleted") from error
        with opened.handle as image:
            if image.id() != self._identity:
                opened.close()
                raise NotFound("the image has been deleted; there is another one of its id now")
        return opened


def _data(opened: OpenImage, at: int, length: int) -> bytes:
    with opened.handle as image:
        data: bytes = image.read(at, length)
        return data


def _opened(modules: Modules, pool: Pool, name: str, snapshot: str | None) -> Any:
    rbd = modules.rbd
    try:
        # Not read-only: only then there is a watcher, which keeps others from deleting it, and hears if they do.
        return at_snapshot(modules, pool, name, snapshot, read_only=False)
    except (rbd.PermissionError, rbd.ReadOnlyImage):
        return at_snapshot(modules, pool, name, snapshot)
