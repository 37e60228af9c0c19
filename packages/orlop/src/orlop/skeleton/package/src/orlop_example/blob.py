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
        self.size, _ = backend.look(image_id)
        self._opened: int | None = backend.open(image_id)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to `stop`."""
        end = self.size if stop is None or self.size is None else min(stop, self.size)
        while end is not None and start < end and self._opened is not None:
            piece = self._backend.read(self._opened, start, min(PIECE, end - start))
            if not piece:
                return  # it has become shorter; the engine counts, and says so
            start += len(piece)
            yield piece

    def close(self) -> None:
        """Let go of the image."""
        opened, self._opened = self._opened, None
        if opened is not None:
            self._backend.close(opened)
