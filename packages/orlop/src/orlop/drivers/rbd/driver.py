"""Images in Ceph: an RBD image for each, with a protected snapshot that everybody reads and clones."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from typing import Any

from orlop.capabilities import Capability
from orlop.driver import Blob, Driver, Upload
from orlop.drivers.rbd import faults
from orlop.drivers.rbd.blob import RbdBlob
from orlop.drivers.rbd.connection import Connection, Pool
from orlop.drivers.rbd.deleting import delete_image, finish_deletion
from orlop.drivers.rbd.directory import has_header, id_of, image_named, listed, listed_id, old_format
from orlop.drivers.rbd.extents import data_of, holes_are_known
from orlop.drivers.rbd.inspection import inspect
from orlop.drivers.rbd.leftovers import claimed, leftovers_in, remove_leftover
from orlop.drivers.rbd.locating import location_of, parse
from orlop.drivers.rbd.metadata import digests_of
from orlop.drivers.rbd.modules import load_modules
from orlop.drivers.rbd.names import SNAPSHOT, hidden
from orlop.drivers.rbd.opened import at_snapshot
from orlop.drivers.rbd.room import space_of
from orlop.drivers.rbd.settings import RbdSettings
from orlop.drivers.rbd.turns import Turns
from orlop.drivers.rbd.upload import RbdUpload
from orlop.errors import AlreadyExists, InvalidLocation, NotFound, StoreError, Unsupported
from orlop.location import refused_id
from orlop.records import Finding, Leftover, Space, Stat


class RbdDriver(Driver[RbdSettings]):
    """Keeps each image in an RBD image of its id."""

    settings_type = RbdSettings
    schemes = ("rbd",)
    capabilities = (
        Capability.READ_ACCESS
        | Capability.READ_RANDOM
        | Capability.WRITE_ACCESS
        | Capability.DRIVER_REUSABLE
        | Capability.DELETE
        | Capability.SPARSE
        | Capability.ATOMIC
        | Capability.LIST
        | Capability.COPY
        | Capability.SPACE
        | Capability.DIGESTS
    )

    def __init__(self, settings: RbdSettings) -> None:
        super().__init__(settings)
        self._modules = load_modules()
        self._connection = Connection(settings, self._modules)
        self._deleting = Turns()
        if not settings.sparse:
            self.capabilities &= ~Capability.SPARSE

    def classify(self, error: BaseException) -> type[StoreError] | None:
        return faults.meaning(self._modules, error)

    def open(self, location: str) -> Blob:
        with self._image(location) as (pool, name, snapshot):
            return RbdBlob(self._modules, self._connection, pool, name, snapshot)

    def stat(self, location: str) -> Stat:
        with self._image(location) as (pool, name, snapshot):
            return replace(self._stat(pool, name, snapshot, taken=True), location=location)

    def upload(self, image_id: str, size: int | None) -> Upload:
        with self._connection.renewing():
            pool = self._connection.pool()
            if id_of(self._modules, pool, image_id) is not None or old_format(self._modules, pool, image_id):
                raise AlreadyExists("there is an image of this id")
            if listed_id(self._modules, pool, image_id) is not None:
                raise AlreadyExists("there is an image of this id, half removed or half made; rbd rm removes the rest")
        return RbdUpload(self.settings, self._modules, self._connection, image_id, size)

    def identify(self, location: str) -> str:
        with self._place(location) as (pool, name, _):
            if (found := image_named(self._modules, pool, name)) is not None:
                return found
            if old_format(self._modules, pool, name):
                raise Unsupported("it is an RBD image of format 1, which only the command 'rbd rm' removes")
            raise self._modules.rbd.ImageNotFound("no image has this name", errno=errno.ENOENT)

    def delete(self, location: str, identity: str) -> None:
        with self._place(location) as (pool, name, snapshot), self._deleting.of(f"{pool.name}/{pool.namespace}/{name}"):
            if id_of(self._modules, pool, name) == identity and has_header(self._modules, pool, identity):
                own = pool is self._connection.pool()
                delete_image(self._modules, pool, name, snapshot or SNAPSHOT, identity, bare=own)
            elif not finish_deletion(self._modules, pool, name, identity):
                raise NotFound("it has been deleted already")

    def locate(self, image_id: str) -> str:
        pool = self._connection.pool()
        location = location_of(pool.fsid, pool.name, pool.namespace, image_id)
        with self._image(location) as (_, name, snapshot):
            self._open(pool, name, snapshot).close()
        return location

    def list(self) -> Iterator[Stat]:
        with self._connection.renewing():
            pool = self._connection.pool()
            for listed_as, image in listed(self._modules, pool):
                name = claimed(self._modules, pool, image, listed_as) if hidden(listed_as) else listed_as
                if name is None or refused_id(name):
                    continue
                try:
                    found = self._stat(pool, name, SNAPSHOT, taken=False)
                except self._modules.rbd.ImageNotFound:
                    continue  # without the snapshot, or deleted meanwhile
                yield found

    def space(self) -> Space:
        with self._connection.renewing():
            return space_of(self._modules, self.settings, self._connection.pool())

    def check(self) -> Sequence[Finding]:
        with self._connection.renewing():
            return inspect(self.settings, self._modules, self._connection)

    def leftovers(self) -> Iterator[Leftover]:
        with self._connection.renewing():
            yield from leftovers_in(self._modules, self._connection.pool())

    def clean(self, leftover: Leftover) -> None:
        with self._connection.renewing():
            remove_leftover(self._modules, self._connection.pool(), leftover.place)

    def close(self) -> None:
        self._connection.close()

    @property
    def cluster(self) -> Any:
        """The connection, as librados has it; made if there is none."""
        return self._connection.pool().cluster

    @property
    def prefix(self) -> str | None:
        """How the locations of this store's images begin; None while there is no connection."""
        pool = self._connection.known()
        return (
            None if pool is None else location_of(pool.fsid, pool.name, pool.namespace, "").removesuffix(f"/{SNAPSHOT}")
        )

    @contextmanager
    def _place(self, location: str) -> Iterator[tuple[Pool, str, str | None]]:
        """Where a location leads: pool, image, snapshot. That it is missing means NotFound, unless its pool is."""
        place = parse(location)
        with self._connection.renewing():
            own = self._connection.pool()
            pool = own
            if place.fsid is not None and place.pool is not None:
                if place.fsid != own.fsid:
                    raise InvalidLocation(f"it is of another cluster; this store is in the cluster {own.fsid}")
                pool = self._pool(place.pool, place.namespace)
            try:
                yield pool, place.image, place.snapshot
            except self._modules.rbd.ImageNotFound as error:
                self._connection.require_pool(pool.name)
                raise NotFound("there is no such image") from error

    @contextmanager
    def _image(self, location: str) -> Iterator[tuple[Pool, str, str | None]]:
        """Where an image is that can be read. One of old has no snapshot, or one that its location does not name."""
        with self._place(location) as (pool, name, named):
            yield pool, name, SNAPSHOT if named is None and self._has_snapshot(pool, name) else named

    def _pool(self, name: str, namespace: str) -> Pool:
        place = f"{name}/{namespace}" if namespace else name
        others = self.settings.other_pools
        if place != self.settings.place and place not in others and "*" not in others:
            raise InvalidLocation(f"it is in the pool {place}; this store is in {self.settings.place}")
        return self._connection.pool(name, namespace)

    def _open(self, pool: Pool, name: str, snapshot: str | None) -> Any:
        return at_snapshot(self._modules, pool, name, snapshot)

    def _has_snapshot(self, pool: Pool, name: str) -> bool:
        with self._open(pool, name, None) as image:
            return any(one["name"] == SNAPSHOT for one in image.list_snaps())

    def _stat(self, pool: Pool, name: str, snapshot: str | None, *, taken: bool) -> Stat:
        with self._open(pool, name, snapshot) as image:
            size = image.size()
            allocated = None
            if taken and holes_are_known(self._modules, image):
                allocated = sum(last - first for first, last in data_of(image, size))
            times = {one["name"]: image.get_snap_timestamp(one["id"]) for one in image.list_snaps()}
            modified = times.get(snapshot) or image.modify_timestamp()
            return Stat(
                location=location_of(pool.fsid, pool.name, pool.namespace, name),
                size=size,
                image_id=name,
                digests=digests_of(image),
                modified=modified.replace(tzinfo=UTC),
                allocated=allocated,
            )
