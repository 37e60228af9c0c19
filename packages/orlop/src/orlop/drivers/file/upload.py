"""One image on its way into a file store."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

from orlop.driver import Blob, Upload
from orlop.drivers.file.blob import FileBlob
from orlop.drivers.file.cloning import share_blocks
from orlop.drivers.file.keeping import keep_in_attributes, keep_in_sidecar, sidecar_of
from orlop.drivers.file.places import location_of, require_usable, sync_folder
from orlop.drivers.file.publishing import is_file, only_one, publish
from orlop.drivers.file.settings import Directory, FileSettings
from orlop.drivers.file.staging import Staged
from orlop.errors import Unsupported

GRAIN = 64 * 1024
"""Bytes: the smallest zeros that become a hole."""


class FileUpload(Upload):
    """A staged file beside its final place, published by a hard link."""

    def __init__(self, settings: FileSettings, place: Directory, image_id: str) -> None:
        self.block_size = settings.block_size
        self.grain = GRAIN if settings.sparse else 0
        self._settings = settings
        self._place = place
        self._mode = None if settings.mode is None else int(settings.mode, 8)
        self._final = place.path / image_id
        self._staged = Staged(place.path, image_id, self._mode)
        self._ending = threading.Lock()
        self._identity: os.stat_result | None = None

    def write(self, offset: int, block: bytes) -> None:
        with self._staged.using() as descriptor:
            rest = memoryview(block)
            while rest:
                written = os.pwrite(descriptor, rest, offset)
                rest, offset = rest[written:], offset + written

    def clone(self, blob: Blob) -> None:
        if not isinstance(blob, FileBlob):
            raise Unsupported("only an image of another file store can be cloned")
        with self._staged.using() as descriptor:
            if not share_blocks(blob.descriptor, descriptor):
                raise Unsupported("the file system cannot share blocks between these two files")

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        with self._ending, self._staged.using() as descriptor:
            in_attributes = self._finish(descriptor, size, digests)
            require_usable(self._place)
            self._identity = os.fstat(descriptor)
            with only_one(self._final.name, self._place.path, [place.path for place in self._settings.places]):
                publish(self._staged.path, self._final, self._identity)
            if digests and not in_attributes and self._settings.digests != "none":
                keep_in_sidecar(self._final, digests, self._mode, durable=self._settings.fsync)
            if self._settings.fsync:
                sync_folder(self._place.path)
            self._staged.close()
        return location_of(self._final)

    def abort(self) -> None:
        with self._ending:
            if self._identity is not None and is_file(self._final, self._identity):
                sidecar_of(self._final).unlink(missing_ok=True)
                self._final.unlink(missing_ok=True)
                if self._settings.fsync:
                    sync_folder(self._place.path)
            self._identity = None
            self._staged.remove()
            self._staged.close()

    def _finish(self, descriptor: int, size: int, digests: Mapping[str, str]) -> bool:
        """Bring the file into its final state, on the disk; whether its attributes hold the digests."""
        os.ftruncate(descriptor, size)  # a hole at the end has not been written
        if self._mode is not None:
            os.fchmod(descriptor, self._mode)
        kept = self._settings.digests in {"auto", "xattr"} and keep_in_attributes(descriptor, digests)
        if digests and not kept and self._settings.digests == "xattr":
            raise Unsupported(
                f'the file system of {self._place.path} keeps no extended attributes; set digests = "auto"',
            )
        if self._settings.fsync:
            os.fsync(descriptor)
        # NFS tells of failed writes at close; closing a duplicate tells it while the lock is still held (close(2)).
        os.close(os.dup(descriptor))
        return kept
