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
        self._room = backend.begin()
        self._published = ""

    def write(self, offset: int, block: bytes) -> None:
        """Take one block."""
        with self._room as room:
            self._backend.write(room, offset, block)

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        """Make the image visible."""
        del size, digests  # TODO: keep the digests beside the image, and claim DIGESTS
        with self._room as room:
            identity = self._backend.identity_of(room)
            self._backend.publish(room, self._image_id)
            self._published = identity
            self._room.close()
        return location_of(self._image_id)

    def abort(self) -> None:
        """Leave nothing behind, whatever has happened so far."""
        self._room.close()
        if self._published:
            identity, self._published = self._published, ""
            self._backend.remove(self._image_id, identity)
