"""The Ceph RBD store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from orlop.drivers.rbd.driver import RbdDriver
from orlop.drivers.rbd.locating import parse
from orlop.drivers.rbd.settings import MIB, RbdSettings
from orlop.settings import YEAR
from oslo_config import cfg

from glance_store._bridge.locations import UriLocation
from glance_store._bridge.options import Option, declared
from glance_store._bridge.prefixes import stores_of
from glance_store._bridge.store import Store as BridgedStore
from glance_store.capabilities import BitMasks

rados: Any = None
rbd: Any = None
"""Glance's tests put stand-ins here; Ceph's modules are imported when a store is opened."""

_EVERY_POOL = ("*",)


def _mebibytes(value: int) -> int:
    return value * MIB


def _some(value: str) -> str | None:
    return value or None


def _seconds(value: int) -> float | None:
    """What is negative leaves it to orlop, 0 means without end."""
    return None if value < 0 else min(float(value), YEAR) or YEAR


_TABLE = (
    Option(
        "rbd_store_chunk_size",
        "object_size",
        {
            "default": 8,
            "min": 1,
            "help": "MiB of the objects that an image is cut into; a power of two, 32 at the most.",
        },
        cfg.IntOpt,
        _mebibytes,
    ),
    Option(
        "rbd_store_pool",
        "pool",
        {"help": "The pool for the images, or POOL/NAMESPACE; it must exist."},
    ),
    Option("rbd_store_user", "user", read=_some),
    Option(
        "rbd_store_ceph_conf",
        "conf",
        {"default": "", "help": "Ceph's configuration file; empty: /etc/ceph/ceph.conf."},
        cfg.StrOpt,
        _some,
    ),
    Option(
        "rados_connect_timeout",
        "connect_timeout",
        {
            "default": -1,
            "help": "Seconds for connecting, for each question to the monitors, and for each request to an OSD; 0: "
            "without end. Negative: orlop's own connect_timeout, and no end for requests.",
        },
        cfg.IntOpt,
        _seconds,
    ),
    Option("rbd_thin_provisioning", "sparse", {"default": False}),
)


class Store(BridgedStore):
    """Images as RBD images with a protected snapshot."""

    DRIVER = "rbd"
    SCHEMES = ("rbd",)
    TABLE = _TABLE
    OPTIONS = declared(_TABLE, RbdSettings, "rbd")
    _CAPABILITIES = BitMasks.READ_RANDOM | BitMasks.WRITE_ACCESS | BitMasks.DRIVER_REUSABLE

    def settings(self) -> dict[str, Any]:
        """What the options say; images in other pools of the cluster are read too, as they always have been."""
        settings = {"other_pools": _EVERY_POOL} | super().settings()
        settings["pool"], _, namespace = settings["pool"].partition("/")
        if namespace:
            settings.setdefault("namespace", namespace)
        timeout = self.store_conf.rados_connect_timeout
        if timeout > 0:
            settings.setdefault("operation_timeout", _seconds(timeout))
        return settings

    def settings_at(self, location: str) -> dict[str, Any]:
        """The pool, and the namespace in it, that a location names."""
        place = parse(location)
        return {} if place.pool is None else {"pool": place.pool, "namespace": place.namespace}

    @property
    def chunk_size(self) -> int:
        """The size of the objects that an image is cut into; bytes."""
        return int(self.store_conf.rbd_store_chunk_size) * MIB

    @property
    def pool(self) -> str:
        """The pool of the images, and its namespace if it has one."""
        return str(self.store_conf.rbd_store_pool)

    @property
    def thin_provisioning(self) -> bool:
        """Whether zeros are not written."""
        return bool(self.store_conf.rbd_thin_provisioning)

    @property
    def url_prefix(self) -> str | None:
        """How the locations of its images begin: with cluster and pool, or, while no cluster is known, as any of RBD.

        None where they might then be those of another store, to which Glance would give them for good.
        """
        driver = self._opened and self._opened._driver
        if isinstance(driver, RbdDriver) and driver.prefix is not None:
            return driver.prefix
        return "rbd://" if stores_of(Store, self.conf) in ([], [self]) else None

    @contextmanager
    def get_connection(self, conffile: str | None, rados_id: str | None) -> Iterator[Any]:
        """The connection of this store to its cluster, as librados has it; it stays open afterwards.

        The arguments are for those who replace this: the store knows its own.

        Raises:
            InvalidSettings: the options lead to no cluster.
        """
        driver = self.orlop._driver
        assert isinstance(driver, RbdDriver)
        yield driver.cluster


class StoreLocation(UriLocation):
    """`rbd://FSID/POOL/IMAGE/SNAPSHOT`, and `rbd://IMAGE` of old."""

    SCHEMES = Store.SCHEMES

    def require_form(self, uri: str) -> None:
        """See that it has one part or four."""
        parse(uri)
