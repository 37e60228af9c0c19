"""One image on its way into a pool.

It is written under a hidden name, gets its snapshot, and is renamed at the end: that makes it visible, whole, and only
if there is no other of its id. While it is written it is open here, which the cluster shows to others as a watcher: so
they know that its writer lives.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from orlop.driver import Blob, Upload
from orlop.drivers.rbd.blob import RbdBlob
from orlop.drivers.rbd.connection import Connection
from orlop.drivers.rbd.copying import Cloning
from orlop.drivers.rbd.creating import creation
from orlop.drivers.rbd.deleting import delete_image, finish
from orlop.drivers.rbd.locating import location_of
from orlop.drivers.rbd.modules import Modules
from orlop.drivers.rbd.names import DIGEST_KEY, IMAGE_KEY, SNAPSHOT, UPLOAD, fresh
from orlop.drivers.rbd.opened import OpenImage
from orlop.drivers.rbd.renaming import identity, rename
from orlop.drivers.rbd.settings import MIB, RbdSettings
from orlop.drivers.rbd.writing import write_whole
from orlop.errors import AlreadyExists, Unavailable, Unsupported

GRAIN = 64 * 1024
"""Bytes: the smallest zeros that become a hole."""
_FIRST = 64 * MIB
_STEP = 8 * 1024 * MIB
"""An image of unknown size grows by its own size, but by no more than this: what is too much is trimmed at the end."""


class RbdUpload(Upload):
    """An image under a hidden name, renamed when it is whole."""

    def __init__(
        self, settings: RbdSettings, modules: Modules, connection: Connection, image_id: str, size: int | None
    ) -> None:
        self.block_size = settings.block_size
        self.lanes = settings.lanes
        self.grain = GRAIN if settings.sparse else 0
        self._settings = settings
        self._modules = modules
        self._connection = connection
        self._image_id = image_id
        self._growing = threading.Lock()
        self._ending = threading.Lock()
        self._unwanted = threading.Event()
        self._pool = connection.pool()
        self._name = fresh(UPLOAD)
        self._identity = ""
        self._size = 0
        self._open: OpenImage | None = None
        with connection.renewing():
            try:
                self._create(_FIRST if size is None else size)
            except BaseException:
                self.abort()
                raise

    def write(self, offset: int, block: bytes) -> None:
        with self._connection.renewing(), self._image().using() as image:
            self._grow(image, offset + len(block))
            write_whole(self._modules, image, offset, block)

    def clone(self, blob: Blob) -> None:
        if not isinstance(blob, RbdBlob):
            raise Unsupported("only an image in Ceph can be cloned")
        if not blob.size:
            return  # librbd refuses to clone what is empty, and the upload is as empty already
        with self._connection.renewing():
            self._remove()  # a clone takes the place of the empty image
            cloning = Cloning(self._modules, self._settings, blob, self._pool, self._name)
            try:
                cloning.begin()
                self._opened()
                cloning.flatten(self._unwanted)
            except Unsupported:
                self._remove()
                self._create(blob.size or 0)
                raise

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        with self._ending, self._connection.renewing():
            opened = self._image()
            with opened.using() as image:
                if image.size() != size:
                    image.resize(size)
                image.flush()
                for name, value in digests.items():
                    image.metadata_set(DIGEST_KEY + name, value)
                image.create_snap(SNAPSHOT)
                image.protect_snap(SNAPSHOT)
            if self._unwanted.is_set():  # whoever asked has gone while this hung
                raise Unavailable("the upload has been aborted")
            try:
                rename(self._modules, self._pool, self._identity, self._name, self._image_id)
            except self._modules.rados.ObjectExists as error:
                raise AlreadyExists("another image of this id was first") from error
            opened.close()
        return location_of(self._pool.fsid, self._pool.name, self._pool.namespace, self._image_id)

    def abort(self) -> None:
        self._unwanted.set()
        with self._ending, self._connection.renewing():
            self._remove()
            if self._identity and identity(self._modules, self._pool, self._image_id) == self._identity:
                delete_image(self._modules, self._pool, self._image_id, SNAPSHOT, bare=True)

    def _create(self, size: int) -> None:
        options = creation(self._settings)
        try:
            self._modules.rbd.RBD().create(self._pool.ioctx, self._name, size, old_format=False, **options)
        except self._modules.rbd.ImageNotFound:
            self._connection.require_pool(self._pool.name)
            if self._settings.data_pool is not None:
                self._connection.require_pool(self._settings.data_pool, "data_pool")
            raise
        self._opened()

    def _opened(self) -> None:
        image: Any = self._modules.rbd.Image(self._pool.ioctx, self._name)
        self._open = OpenImage(self._pool, image)
        self._identity, self._size = image.id(), image.size()
        image.metadata_set(IMAGE_KEY, self._image_id)

    def _image(self) -> OpenImage:
        if self._open is None:
            raise Unavailable("the upload has ended")
        return self._open

    def _grow(self, image: Any, end: int) -> None:
        with self._growing:
            if end > self._size:
                larger = max(end, self._size + min(max(self._size, _FIRST), _STEP))
                image.resize(larger)
                self._size = larger

    def _remove(self) -> None:
        """Remove the image under its hidden name, with its snapshot if it has one already."""
        opened, self._open = self._open, None
        if opened is not None:
            opened.close()
        with suppress(self._modules.rbd.ImageNotFound):
            finish(self._modules, self._pool, self._name)
