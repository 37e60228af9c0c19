"""A Ceph cluster for all tests of the rbd driver, and stores in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from servers.ceph import Ceph
from servers.skip import pytest_runtest_call, pytest_runtest_setup
from tests.drivers.rbd.stores import with_pools

__all__ = ["pytest_runtest_call", "pytest_runtest_setup"]


@pytest.fixture(scope="session")
def ceph() -> Iterator[Ceph]:
    """In memory; its OSDs cannot be stopped."""
    with Ceph("memstore") as cluster:
        yield with_pools(cluster)


@pytest.fixture(scope="session")
def lasting() -> Iterator[Ceph]:
    """On files: its OSDs can be stopped and started."""
    with Ceph("bluestore") as cluster:
        yield with_pools(cluster)
