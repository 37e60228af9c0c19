"""The gate for the Swift driver on Ceph's radosgw, by its Swift API, with a user of its own (v1 authentication)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest
from orlop.drivers.swift.driver import SwiftDriver
from orlop.drivers.swift.settings import SwiftSettings

from servers.ceph import Ceph
from servers.radosgw import Radosgw
from tests.drivers.swift.stores import FAST, MIB
from tests.drivers.swift.test_gate_swift import SwiftGate

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def radosgw() -> Iterator[Radosgw]:
    with Ceph() as ceph, Radosgw(ceph) as started:
        yield started


@pytest.fixture(scope="module")
def radosgw_driver(radosgw: Radosgw) -> SwiftDriver:
    settings = SwiftSettings(
        auth_url=radosgw.swift_url,
        auth_version="1",
        user=radosgw.swift_user,
        key=radosgw.swift_key,
        **{**FAST, "container": "gate"},
    )
    return SwiftDriver(settings)


class TestRadosgw(SwiftGate):
    """No Keystone, no Swift."""

    big_size: ClassVar[int] = 2 * MIB + 3
    version: ClassVar[str] = "radosgw"

    @pytest.fixture
    def driver(self, radosgw_driver: SwiftDriver) -> SwiftDriver:
        return radosgw_driver
