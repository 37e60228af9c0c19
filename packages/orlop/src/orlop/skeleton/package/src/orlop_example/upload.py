"""One image on its way in."""

from __future__ import annotations

from collections.abc import Mapping

from orlop.driver import Upload

from orlop_example.backend import Backend
from orlop_example.location import location_of


class ExampleUpload(Upload):
    """Writes into a room that nobody sees, and shows it at the end."""

    # TODO: what your backend takes best in one go; with `lanes`, several at once.
    block_size = 4 * 1024 * 1024

    def __init__(self, backend: Backend, image_id: str) -> None:
        self._backend = backend
        self._image_id = image_id
        self._room: int | None = backend.begin()
        self._published = False

    def write(self, offset: int, block: bytes) -> None:
        """Take one block."""
        assert self._room is not None, "nothing is written after commit or abort"
        self._backend.write(self._room, offset, block)

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        """Make the image visible."""
        del size, digests  # TODO: keep the digests beside the image, and claim DIGESTS
        assert self._room is not None, "nothing is committed twice"
        self._backend.publish(self._room, self._image_id)
        self._published = True
        self._discard()
        return location_of(self._image_id)

    def abort(self) -> None:
        """Leave nothing behind, whatever has happened so far."""
        self._discard()
        if self._published:
            self._published = False
            self._backend.remove(self._image_id)

    def _discard(self) -> None:
        room, self._room = self._room, None
        if room is not None:
            self._backend.discard(room)
