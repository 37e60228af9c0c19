"""What `get` returns: the bytes of an image, in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Self

from orlop.reading import ImageReader

from glance_store._bridge.errors import translated


class Pieces:
    """An image, or a range of it, as an iterator over pieces of bytes; closed at its end, or by `close`.

    `read` is there for those who want a file; it and the iteration go on from where the other one stopped.
    """

    def __init__(self, reader: ImageReader, store: str, ending: ExitStack) -> None:
        """`ending` is what has to be closed after the reader."""
        self._reader = reader
        self._ending = ending
        self._store = store

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with translated("read", self._store):
            piece = self._reader.read1() if not self._reader.closed else b""
        if not piece:
            self.close()
            raise StopIteration
        return piece

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, size: int | None = -1) -> bytes:
        """`size` bytes, fewer only at the end; all that are left when `size` is negative or None."""
        with translated("read", self._store):
            return self._reader.read(size) if not self._reader.closed else b""

    def close(self) -> None:
        """Let go of the backend; may be called twice."""
        self._reader.close()
        self._ending.close()
