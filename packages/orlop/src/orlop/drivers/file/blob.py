"""One image of a file store, opened for reading."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from orlop.driver import Blob
from orlop.errors import InvalidLocation
from orlop.holes import is_sparse, next_data, zeros


class FileBlob(Blob):
    """An open file. Holes are not read."""

    def __init__(self, path: Path, block_size: int) -> None:
        # O_NOFOLLOW: a link could lead out of the directory. O_NONBLOCK: opening a FIFO must not wait for a writer.
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            status = os.fstat(self.descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise InvalidLocation("this is no regular file")
        except BaseException:
            self.close()
            raise
        self.size = self._length = status.st_size
        self._block_size = block_size
        self._sparse = is_sparse(status)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        end = self._length if stop is None else stop
        position = start
        while position < end:
            piece = self._piece(position, min(self._block_size, end - position))
            if not piece:
                return  # the file has become shorter; the engine counts, and says so
            position += len(piece)
            yield piece

    def _piece(self, position: int, length: int) -> bytes:
        if self._sparse:
            data = next_data(self.descriptor, position)
            in_hole = data is None or data >= position + length
            if in_hole and os.fstat(self.descriptor).st_size >= position + length:
                return zeros(length)
        return os.pread(self.descriptor, length, position)

    def close(self) -> None:
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
