"""One image on its way into a pool.

It is written under a hidden name, gets its snapshot, and is renamed at the end: that makes it visible, whole, and only
if there is no other of its id. While it is written it is open here, which the cluster shows to others as a watcher: so
they know that its writer lives.

Every call may come again after a failure that may pass: the cluster may have done its work all the same, or may have
shut this client out meanwhile, and then the image is opened anew over a new connection.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from orlop.driver import Blob, Upload
from orlop.drivers.rbd.blob import RbdBlob
from orlop.drivers.rbd.connection import Connection, Pool
from orlop.drivers.rbd.copying import Cloning
from orlop.drivers.rbd.creating import create_open, creation, remove_begun
from orlop.drivers.rbd.deleting import delete_image
from orlop.drivers.rbd.directory import id_of
from orlop.drivers.rbd.locating import location_of
from orlop.drivers.rbd.modules import Modules
from orlop.drivers.rbd.names import DIGEST_KEY, SNAPSHOT, UPLOAD, fresh
from orlop.drivers.rbd.opened import OpenImage
from orlop.drivers.rbd.pools import explained
from orlop.drivers.rbd.renaming import publish
from orlop.drivers.rbd.settings import MIB, RbdSettings
from orlop.drivers.rbd.usage import snapshots_of
from orlop.errors import AlreadyExists, Unavailable, Unsupported

GRAIN = 64 * 1024
"""Bytes: the smallest zeros that become a hole."""
_FIRST = 64 * MIB
_STEP = 8 * 1024 * MIB
"""An image of unknown size grows by its own size, but by no more than this: what is too much is trimmed at the end."""


class RbdUpload(Upload):
    """An image under a hidden name, renamed when it is whole. It is made by the first call that needs it."""

    repeatable_commit = True

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
        self._wanted = _FIRST if size is None else size
        self._name = fresh(UPLOAD)
        self._opening = threading.Lock()
        self._growing = threading.Lock()
        self._ending = threading.Lock()
        self._unwanted = threading.Event()
        self._identity = ""
        self._size = 0
        self._begun = False
        self._open: OpenImage | None = None

    def write(self, offset: int, block: bytes) -> None:
        with self._connection.renewing(), self._image().handle as image:
            self._grow(image, offset + len(block))
            # Not aio_write: librbd (16.2) never ends one that fails before it is sent, if it works on the block itself
            # (rbd_disable_zero_copy_writes = false); `write` always takes a copy.
            image.write(block, offset)

    def clone(self, blob: Blob) -> None:
        if not isinstance(blob, RbdBlob):
            raise Unsupported("only an image in Ceph can be cloned")
        if not blob.size:
            return  # librbd refuses to clone what is empty, and the upload is as empty already
        with self._connection.renewing():
            pool = self._connection.pool()
            self._remove(pool)  # what an earlier call has begun
            cloning = Cloning(self._modules, self._settings, blob, pool, self._name)
            cloning.require_possible()
            try:
                with self._opening:
                    self._require_wanted()
                    self._begun = True
                    self._make(pool, cloning.begin)
                cloning.flatten(self._unwanted)
            except Unsupported:
                self._remove(pool)
                raise

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        with self._ending, self._connection.renewing():
            opened = self._image()
            with opened.handle as image:
                if image.size() != size:
                    image.resize(size)
                image.flush()
                for name, value in digests.items():
                    image.metadata_set(DIGEST_KEY + name, value)
                if SNAPSHOT not in snapshots_of(image):
                    image.create_snap(SNAPSHOT)
                if not image.is_protected_snap(SNAPSHOT):
                    image.protect_snap(SNAPSHOT)
            self._require_wanted()  # whoever asked may have gone while this hung
            pool = opened.pool
            try:
                publish(self._modules, pool, self._identity, self._name, self._image_id)
            except self._modules.rados.ObjectExists as error:
                raise AlreadyExists("another image of this id was first") from error
            opened.close()
        return location_of(pool.fsid, pool.name, pool.namespace, self._image_id)

    def abort(self) -> None:
        self._unwanted.set()
        with self._ending, self._connection.renewing():
            with self._opening:
                if not self._begun:
                    return
            pool = self._connection.pool()
            if self._identity and id_of(self._modules, pool, self._image_id) == self._identity:
                self._close()
                delete_image(self._modules, pool, self._image_id, SNAPSHOT, self._identity, bare=True)
            self._remove(pool)

    def _image(self) -> OpenImage:
        """The image, open over the connection of now."""
        with self._opening:
            self._require_wanted()
            pool = self._connection.pool()
            if self._open is None or self._open.pool is not pool or self._open.handle.closing:
                self._begun = True
                if self._identity:
                    self._reopen(pool)
                else:
                    self._make(pool, lambda: self._create(pool))
            assert self._open is not None
            return self._open

    def _require_wanted(self) -> None:
        if self._unwanted.is_set():
            raise Unavailable("the upload has been aborted")

    def _make(self, pool: Pool, create: Any) -> None:
        with explained(self._connection, self._settings):
            self._open, self._identity = create_open(self._modules, pool, self._name, self._image_id, create)
        with self._open.handle as image:
            self._size = image.size()

    def _create(self, pool: Pool) -> None:
        options = creation(self._settings)
        self._modules.rbd.RBD().create(pool.ioctx, self._name, self._wanted, old_format=False, **options)

    def _reopen(self, pool: Pool) -> None:
        if self._open is not None:
            self._open.close()
        image: Any = self._modules.rbd.Image(pool.ioctx, image_id=self._identity)
        self._open = OpenImage(pool, image)
        self._size = image.size()

    def _grow(self, image: Any, end: int) -> None:
        with self._growing:
            if end > self._size:
                larger = max(end, self._size + min(max(self._size, _FIRST), _STEP))
                image.resize(larger)
                self._size = larger

    def _close(self) -> None:
        with self._opening:
            opened, self._open = self._open, None
        if opened is not None:
            opened.wait_closed()

    def _remove(self, pool: Pool) -> None:
        """Remove the image under its hidden name, with its snapshot if it has one already."""
        self._close()
        if self._begun:
            remove_begun(self._modules, pool, self._name)
        with self._opening:
            self._begun, self._identity = False, ""
