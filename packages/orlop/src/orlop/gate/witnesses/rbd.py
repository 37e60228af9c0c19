"""Looks into the pools of a Ceph store with a connection of its own: at every single object, not at images alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from orlop.driver import Driver
from orlop.drivers.rbd.creations import CREATIONS
from orlop.drivers.rbd.modules import load_modules
from orlop.drivers.rbd.names import SCRATCH
from orlop.gate.witness import Witness

_LASTING = frozenset(
    {"rbd_directory", "rbd_info", "rbd_children", "rbd_trash", "rbd_namespace", "rbd_task", "rbd_mirroring", CREATIONS}
)
"""Objects that librbd, and the driver, make once for all images, and keep."""


class RbdWitness(Witness):
    """Every object counts, in the pool and in that of the data: headers, names, object maps, data."""

    def __init__(self, driver: Driver[Any]) -> None:
        self._settings = driver.settings
        self._rados, self._rbd = load_modules()

    def names(self) -> set[str]:
        """The names of all objects, with their pools."""
        pools = {self._settings.pool, self._settings.data_pool or self._settings.pool}
        found = set()
        for pool in pools:
            with self._ioctx(pool, self._settings.namespace) as ioctx:
                found |= {f"{pool}/{one.key}" for one in ioctx.list_objects() if one.key not in _LASTING}
        return found

    def read(self, location: str) -> bytes | None:
        """What librbd gives of the snapshot that the location names."""
        parts = [unquote(part) for part in location.removeprefix("rbd://").split("/")]
        if len(parts) != 4:
            return None
        pool, _, namespace = parts[1].partition("/")
        with self._ioctx(pool, namespace) as ioctx:
            try:
                with self._rbd.Image(ioctx, parts[2], read_only=True) as image:
                    image.set_snap(parts[3])  # opened at it, librbd (16.2) can end the process when it is closed
                    data: bytes = image.read(0, image.size())
                    return data
            except self._rbd.ImageNotFound:
                return None

    def server_version(self) -> str | None:
        """What the monitors say that they are."""
        code, answer, _ = self._cluster.mon_command('{"prefix": "version"}', b"")
        return None if code else answer.decode().split("(")[0].strip()

    def sweep(self) -> None:
        """Remove the scratch namespace."""
        if self._settings.namespace.startswith(SCRATCH):
            own = self._ioctx(self._settings.pool, self._settings.namespace)
            with own as ioctx, suppress(self._rados.ObjectNotFound):
                ioctx.remove_object(CREATIONS)
            with self._ioctx(self._settings.pool, "") as ioctx:
                self._rbd.RBD().namespace_remove(ioctx, self._settings.namespace)

    @cached_property
    def _cluster(self) -> Any:
        settings = self._settings
        conf = "" if settings.conf is None else str(settings.conf)
        cluster = self._rados.Rados(conffile=conf, rados_id=settings.user)
        cluster.connect()
        return cluster

    @contextmanager
    def _ioctx(self, pool: str, namespace: str) -> Iterator[Any]:
        with self._cluster.open_ioctx(pool) as ioctx:
            ioctx.set_namespace(namespace)
            yield ioctx
