"""One image of a file store, opened for reading."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator

from orlop.driver import Blob
from orlop.drivers.file.folder import Folder
from orlop.errors import InvalidLocation
from orlop.holes import is_sparse, next_data, zeros
from orlop.support.refcounted import Refcounted

NO_IMAGE = "this is no regular file; images are never links, folders or devices"

_PIECE = 1024 * 1024
"""Bytes read at once, in one lane. With two lanes it was half as fast, by the page faults of their buffers."""


class FileBlob(Blob):
    """An open file, by its `handle`. Holes are not read."""

    def __init__(self, folder: Folder, name: bytes) -> None:
        self.handle = Refcounted(_opened(folder, name), os.close, what="this image")
        try:
            with self.handle as descriptor, folder.told(name):
                status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise InvalidLocation(NO_IMAGE)
        except BaseException:
            self.close()
            raise
        self.size = self._length = status.st_size
        self._sparse = is_sparse(status)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        end = self._length if stop is None else stop
        position = start
        while position < end:
            with self.handle as descriptor:
                piece = self._piece(descriptor, position, min(_PIECE, end - position))
            if not piece:
                return  # the file has become shorter; the engine counts, and says so
            position += len(piece)
            yield piece

    def _piece(self, descriptor: int, position: int, length: int) -> bytes:
        if self._sparse:
            data = next_data(descriptor, position)
            in_hole = data is None or data >= position + length
            if in_hole and os.fstat(descriptor).st_size >= position + length:
                return zeros(length)
        return os.pread(descriptor, length, position)

    def close(self) -> None:
        self.handle.close()


def _opened(folder: Folder, name: bytes) -> int:
    if not stat.S_ISREG(folder.status(name).st_mode):  # opening a device may do something
        raise InvalidLocation(NO_IMAGE)
    try:
        return folder.open(name, os.O_RDONLY)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:  # a link, a socket
            raise InvalidLocation(NO_IMAGE) from error
        raise
