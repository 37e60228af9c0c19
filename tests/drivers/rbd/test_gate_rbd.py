"""The gate for the rbd driver, on a real cluster: replicated and erasure-coded pools, a namespace, features left out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import ClassVar

import pytest
from orlop.drivers.rbd.driver import RbdDriver
from orlop.errors import PermissionDenied, StoreError, StoreFull
from orlop.gate import Gate
from orlop.gate.witnesses.rbd import RbdWitness

from servers.ceph import Ceph
from tests.drivers.rbd.stores import MIB, USER, driver_in

pytestmark = pytest.mark.server

Faults = Mapping[type[StoreError], Callable[[], AbstractContextManager[object]]]
BLOCK = MIB


class InCeph(Gate):
    ceiling_size: ClassVar[int] = 192 * MIB
    settle = 60.0  # a killed client counts as alive until its watch has ended, 10 s here or more on a busy machine

    @pytest.fixture
    def faults(self, ceph: Ceph) -> Faults:
        return {StoreFull: lambda: quota(ceph), PermissionDenied: lambda: read_only(ceph)}


# One connection for all cases of a class.
@pytest.fixture(scope="module")
def plain(ceph: Ceph) -> RbdDriver:
    return driver_in(ceph, block_size=BLOCK, object_size=BLOCK)


@pytest.fixture(scope="module")
def look_at_plain(plain: RbdDriver) -> RbdWitness:
    return RbdWitness(plain)


class TestPool(InCeph):
    @pytest.fixture
    def driver(self, plain: RbdDriver) -> RbdDriver:
        return plain

    @pytest.fixture
    def witness(self, look_at_plain: RbdWitness) -> RbdWitness:
        return look_at_plain


@contextmanager
def quota(ceph: Ceph) -> Iterator[None]:
    """The pool holds all that its quota lets it hold."""
    ceph.run("ceph", "osd", "pool", "set-quota", "images", "max_bytes", "1")
    until_full(ceph, full=True)
    try:
        yield
    finally:
        ceph.run("ceph", "osd", "pool", "set-quota", "images", "max_bytes", "0")
        until_full(ceph, full=False)


def until_full(ceph: Ceph, *, full: bool) -> None:
    end = time.monotonic() + 30
    while True:
        pools = json.loads(ceph.run("ceph", "osd", "dump", "--format", "json"))["pools"]
        flags = next(pool["flags_names"] for pool in pools if pool["pool_name"] == "images")
        if ("full" in flags) == full:
            return
        assert time.monotonic() < end, "the monitor does not take note of the quota"
        time.sleep(0.1)


@contextmanager
def read_only(ceph: Ceph) -> Iterator[None]:
    """The key may read, and nothing else."""
    before = json.loads(ceph.run("ceph", "auth", "get", f"client.{USER}", "--format", "json"))[0]["caps"]
    _allow(ceph, {"mon": "profile rbd", "osd": "profile rbd-read-only"})
    try:
        yield
    finally:
        _allow(ceph, before)


def _allow(ceph: Ceph, capabilities: Mapping[str, str]) -> None:
    words = [word for pair in capabilities.items() for word in pair]
    ceph.run("ceph", "auth", "caps", f"client.{USER}", *words)
