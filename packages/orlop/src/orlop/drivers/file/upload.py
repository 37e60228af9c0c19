"""One image on its way into a file store."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from contextlib import ExitStack

from orlop.driver import Blob, Upload
from orlop.drivers.file.blob import FileBlob
from orlop.drivers.file.cloning import share_blocks
from orlop.drivers.file.guards import require_usable
from orlop.drivers.file.keeping import keep_in_attributes, sidecar_aside, sidecar_of, stage_sidecar
from orlop.drivers.file.locating import location_of
from orlop.drivers.file.places import sync_folder
from orlop.drivers.file.publishing import is_file, only_one, publish
from orlop.drivers.file.settings import Directory, FileSettings
from orlop.drivers.file.staging import Staged
from orlop.drivers.file.writeback import Writeback
from orlop.errors import Unavailable, Unsupported

GRAIN = 64 * 1024
"""Bytes: the smallest zeros that become a hole."""


class FileUpload(Upload):
    """A staged file beside its final place, published by a hard link."""

    def __init__(self, settings: FileSettings, place: Directory, image_id: str) -> None:
        self.block_size = settings.block_size
        self.grain = GRAIN if settings.sparse else 0
        self._settings = settings
        self._place = place
        self._final = place.path / image_id
        self._staged = Staged(place.path, image_id, settings.permissions)
        self._writeback = Writeback(self._staged.path) if settings.fsync else None
        self._ending = threading.Lock()
        self._unwanted = False
        self._identity: os.stat_result | None = None

    def write(self, offset: int, block: bytes) -> None:
        self._staged.write(offset, block)
        if self._writeback is not None:
            with self._staged.using() as descriptor:
                self._writeback.written(descriptor, offset + len(block))

    def clone(self, blob: Blob) -> None:
        if not isinstance(blob, FileBlob):
            raise Unsupported("only an image of another file store can be cloned")
        with self._staged.using() as descriptor:
            if not share_blocks(blob.descriptor, descriptor):
                raise Unsupported("the file system cannot share blocks between these two files")

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        with self._ending, self._staged.using() as descriptor:
            try:
                self._commit(descriptor, size, digests)
            except FileNotFoundError as error:
                folder = self._place.path
                raise Unavailable(
                    f"the upload has vanished from {folder}; was it unmounted or removed meanwhile?"
                ) from error
            self._staged.close()
        return location_of(self._final)

    def _commit(self, descriptor: int, size: int, digests: Mapping[str, str]) -> None:
        with ExitStack() as undo:
            in_attributes = self._finish(descriptor, size, digests)
            sidecar = None
            if digests and not in_attributes and self._settings.digests != "none":
                durable = self._settings.fsync
                sidecar = stage_sidecar(self._final, digests, self._settings.permissions, durable=durable)
                undo.callback(sidecar.discard)
            with only_one(self._final.name, self._place, self._settings.places):
                require_usable(self._place)
                if self._unwanted:  # whoever asked has gone while this hung
                    raise Unavailable("the upload has been aborted")
                self._identity = os.fstat(descriptor)
                publish(self._staged.path, self._final, self._identity)
            if sidecar is not None:
                sidecar.path.rename(sidecar_of(self._final))
            else:  # one that an image of old has left must not be taken for this image's
                sidecar_of(self._final).unlink(missing_ok=True)
            if self._settings.fsync:
                sync_folder(self._place.path)

    def abort(self) -> None:
        self._unwanted = True
        with self._ending:
            try:
                self._unpublish()
            finally:
                self._staged.discard()

    def _unpublish(self) -> None:
        if self._identity is None or not is_file(self._final, self._identity):
            return
        with sidecar_aside(self._final):
            self._final.unlink(missing_ok=True)
        if self._settings.fsync:
            sync_folder(self._place.path)
        self._identity = None

    def _finish(self, descriptor: int, size: int, digests: Mapping[str, str]) -> bool:
        """Bring the file into its final state, on the disk; whether its attributes hold the digests."""
        os.ftruncate(descriptor, size)  # a hole at the end has not been written
        where = self._settings.digests
        kept = where in {"auto", "xattr"} and keep_in_attributes(descriptor, digests, only_way=where == "xattr")
        if not kept and where == "xattr":
            raise Unsupported(
                f'the file system of {self._place.path} keeps no extended attributes; set digests = "auto"'
            )
        if self._settings.permissions is not None:  # after the attributes: they want a file that may be written to
            os.fchmod(descriptor, self._settings.permissions)
        self._staged.settle(durable=self._settings.fsync)
        return kept
