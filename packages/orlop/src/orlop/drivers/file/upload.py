"""One image on its way into a file store."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress

from orlop.driver import Blob, Upload
from orlop.drivers.file.blob import FileBlob
from orlop.drivers.file.cloning import share_blocks
from orlop.drivers.file.deleting import delete
from orlop.drivers.file.folder import Folder
from orlop.drivers.file.guards import require_usable
from orlop.drivers.file.identity import identity_of
from orlop.drivers.file.keeping import drop_sidecar, keep_in_attributes, sidecar_aside, stage_sidecar
from orlop.drivers.file.locating import location_of
from orlop.drivers.file.names import encoded, shown, sidecar_name
from orlop.drivers.file.publishing import only_one
from orlop.drivers.file.settings import Directory, FileSettings
from orlop.drivers.file.spelling import has_exactly
from orlop.drivers.file.staging import Staged
from orlop.drivers.file.writeback import Writeback
from orlop.errors import AlreadyExists, InvalidLocation, Unavailable, Unsupported
from orlop.support.publish import is_file, publish

GRAIN = 64 * 1024
"""Bytes: the smallest zeros that become a hole."""


class FileUpload(Upload):
    """A staged file beside its final place, published by a hard link."""

    def __init__(self, settings: FileSettings, place: Directory, image_id: str) -> None:
        self.block_size = settings.block_size
        self.grain = GRAIN if settings.sparse else 0
        self._settings = settings
        self._place = place
        self._image_id = image_id
        self._name = encoded(image_id)
        self._folder = Folder(place.path)
        try:
            self._staged = Staged(self._folder, image_id, settings.permissions)
        except BaseException:
            self._folder.close()
            raise
        self._writeback = Writeback(place.path) if settings.fsync else None
        self._ending = threading.Lock()
        self._unwanted = False
        self._identity: str | None = None

    def write(self, offset: int, block: bytes) -> None:
        self._staged.write(offset, block)
        if self._writeback is not None:
            with self._staged.handle as descriptor:
                self._writeback.written(descriptor, offset + len(block))

    def clone(self, blob: Blob) -> None:
        if not isinstance(blob, FileBlob):
            raise Unsupported("only an image of another file store can be cloned")
        with self._staged.handle as descriptor, blob.handle as original:
            if not share_blocks(original, descriptor):
                raise Unsupported("the file system cannot share blocks between these two files")

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        with self._ending, self._staged.handle as descriptor:
            try:
                self._commit(descriptor, size, digests)
            except FileNotFoundError as error:
                folder = self._place.path
                raise Unavailable.until_mended(
                    f"the upload has vanished from {folder}; was it unmounted or removed meanwhile?"
                ) from error
            self._staged.close()
            self._folder.close()
        return location_of(self._place.path, self._name)

    def _commit(self, descriptor: int, size: int, digests: Mapping[str, str]) -> None:
        folder = self._folder
        with ExitStack() as undo:
            in_attributes = self._finish(descriptor, size, digests)
            sidecar = None
            if digests and not in_attributes and self._settings.digests != "none":
                durable = self._settings.fsync
                sidecar = stage_sidecar(folder, self._image_id, digests, self._settings.permissions, durable=durable)
                undo.callback(sidecar.discard)
            with only_one(self._image_id, self._place, self._settings.places):
                require_usable(self._place)
                folder.require_current()
                if self._unwanted:  # whoever asked has gone while this hung
                    raise Unavailable("the upload has been aborted")
                self._publish(descriptor)
            if sidecar is not None:
                folder.rename(sidecar.name, sidecar_name(self._image_id))
            else:  # one that an image of old has left must not be taken for this image's
                drop_sidecar(folder, self._image_id)
            if self._settings.fsync:
                folder.sync()
            folder.require_current()  # else `abort` takes it away again: it is not where its location says

    def _publish(self, descriptor: int) -> None:
        folder = self._folder
        try:
            with folder.told(self._name):
                publish(descriptor, folder.descriptor, self._name, self._staged.name)
        except FileExistsError:
            raise AlreadyExists(self._why_it_exists()) from None
        except Unsupported as error:
            raise Unsupported(f"{folder.path}: {error.reason}") from error
        self._identity = identity_of(folder, self._name)
        if not has_exactly(folder, self._name):
            raise InvalidLocation(
                f"the file system of {folder.path} does not keep the name {shown(self._name)!r}; use another id"
            )

    def _why_it_exists(self) -> str:
        if has_exactly(self._folder, self._name):
            return "there is an image of this id"
        return "there is an image whose id the file system cannot tell from this one; 'orlop check' says more"

    def abort(self) -> None:
        self._unwanted = True
        with self._ending, ExitStack() as closing:
            closing.callback(self._folder.close)
            closing.callback(self._staged.close)
            try:
                folder = self._folder if self._folder.is_open else closing.enter_context(Folder(self._place.path))
            except FileNotFoundError:
                return
            self._unpublish(folder)
            self._staged.remove(folder)

    def _unpublish(self, folder: Folder) -> None:
        """Take the image away again, also when it was whole and seen: nobody has heard of its success."""
        if self._staged.handle.closing:  # by the commit, or by an earlier abort
            if self._identity is not None:
                with suppress(FileNotFoundError):
                    delete(folder, self._name, self._identity)
        else:
            with self._staged.handle as descriptor:
                if not is_file(folder.descriptor, self._name, descriptor):
                    return
                with sidecar_aside(folder, self._image_id):
                    folder.unlink(self._name, missing_ok=True)
        if self._settings.fsync:
            folder.sync()

    def _finish(self, descriptor: int, size: int, digests: Mapping[str, str]) -> bool:
        """Bring the file into its final state, on the disk; whether its attributes hold the digests."""
        with self._folder.told(self._staged.name):
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
