"""One stored image, opened for reading."""

from __future__ import annotations

from collections.abc import Iterator

from orlop.driver import Blob

from orlop_example.backend import Backend

PIECE = 1024 * 1024


class ExampleBlob(Blob):
    """Any range of an image, from several threads at once."""

    def __init__(self, backend: Backend, image_id: str) -> None:
        self._backend = backend
        self._opened = backend.open(image_id)
        with self._opened as opened:
            self.size = self._size = backend.look_at(opened).size

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to `stop`."""
        end = self._size if stop is None else min(stop, self._size)
        while start < end:
            with self._opened as opened:
                piece = self._backend.read(opened, start, min(PIECE, end - start))
            if not piece:
                return  # it has become shorter; the engine counts, and says so
            start += len(piece)
            yield piece

    def close(self) -> None:
        """Let go of the image."""
        self._opened.close()
