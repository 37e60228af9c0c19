"""One image on its way in."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress

from orlop.driver import Upload
from orlop.errors import Unavailable

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
        self._ending = threading.Lock()
        self._aborted = False
        self._identity = ""

    def write(self, offset: int, block: bytes) -> None:
        """Take one block."""
        with self._room as room:
            self._backend.write(room, offset, block)

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        """Make the image visible. One that hung, and was aborted meanwhile, must not make it visible any more."""
        del size, digests  # TODO: keep the digests beside the image, and claim DIGESTS
        with self._ending, self._room as room:
            if self._aborted:
                raise Unavailable("the upload has been aborted")
            self._identity = self._backend.look_at(room).identity
            self._backend.publish(room, self._image_id)
            self._room.close()
        return location_of(self._image_id)

    def abort(self) -> None:
        """Leave nothing behind, whatever has happened so far; a commit that is under way ends first."""
        self._aborted = True
        self._room.close()
        with self._ending:
            if self._identity:
                with suppress(FileNotFoundError):  # it has not been published, or another image was first
                    self._backend.remove(self._image_id, self._identity)
                self._identity = ""
