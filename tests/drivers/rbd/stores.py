"""Stores in a test cluster."""

from __future__ import annotations

from typing import Any

from orlop.drivers.rbd.driver import RbdDriver
from orlop.drivers.rbd.settings import RbdSettings
from orlop.store import Store

from servers.ceph import Ceph

MIB = 1024 * 1024
USER = "glance"


def with_pools(cluster: Ceph) -> Ceph:
    """Make what an operator makes for Glance: a pool, one for erasure-coded data, and a key."""
    cluster.pool("images")
    cluster.pool("parity", erasure=True)
    cluster.key(
        USER,
        mon="profile rbd",
        osd="profile rbd pool=images, profile rbd pool=parity",
        mgr="profile rbd pool=images, profile rbd pool=parity",
    )
    return cluster


def driver_in(cluster: Ceph, **settings: Any) -> RbdDriver:
    return RbdDriver(RbdSettings(**{"conf": cluster.conf, "user": USER} | settings))


def store_in(cluster: Ceph, **settings: Any) -> Store:
    return Store("ceph", driver_in(cluster, **settings))
