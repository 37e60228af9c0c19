"""One image, opened for reading at its snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orlop.driver import Blob
from orlop.drivers.rbd.connection import Connection, Pool
from orlop.drivers.rbd.extents import Extents
from orlop.drivers.rbd.modules import Modules
from orlop.drivers.rbd.opened import OpenImage
from orlop.drivers.rbd.settings import MIB
from orlop.holes import zeros

_PIECE = 2 * MIB
_LANES = 4


class RbdBlob(Blob):
    """An image that is open, which the cluster shows to others as a watcher: it is not deleted meanwhile.

    pool, name, snapshot: where the image is; `snapshot` is None for one of old that has none.
    """

    def __init__(self, modules: Modules, connection: Connection, pool: Pool, name: str, snapshot: str | None) -> None:
        self.pool, self.name, self.snapshot = pool, name, snapshot
        self._connection = connection
        image = _opened(modules, pool, name, snapshot)
        self._open = OpenImage(pool, image)
        self.size = self._length = image.size()
        self.lanes = _LANES
        self._extents = Extents(modules, image, self._length)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        end = self._length if stop is None else stop
        with self._connection.renewing():
            for first, last, hole in self._extents.cut(self._open, start, end):
                for at in range(first, last, _PIECE):
                    length = min(_PIECE, last - at)
                    yield zeros(length) if hole else self._data(at, length)

    def close(self) -> None:
        self._open.close()

    def _data(self, at: int, length: int) -> bytes:
        with self._open.using() as image:
            data: bytes = image.read(at, length)
            return data


def _opened(modules: Modules, pool: Pool, name: str, snapshot: str | None) -> Any:
    rbd = modules.rbd
    try:
        # Not read-only: only then there is a watcher, which keeps others from deleting it, and hears if they do.
        return rbd.Image(pool.ioctx, name, snapshot=snapshot)
    except (rbd.PermissionError, rbd.ReadOnlyImage):
        return rbd.Image(pool.ioctx, name, snapshot=snapshot, read_only=True)
