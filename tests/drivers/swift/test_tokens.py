"""Tokens that end long before the image does: a Swift whose tempauth gives them for two seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from orlop.drivers.swift.driver import SwiftDriver
from orlop.drivers.swift.settings import SwiftSettings
from orlop.store import Store

from servers.http_faults import HttpFaults
from servers.swift import Swift
from tests.drivers.swift.stores import FAST, MIB

pytestmark = pytest.mark.server

LIFE = 2
BLOCKS = 5


@pytest.fixture(scope="module")
def hasty() -> Iterator[Swift]:
    with Swift(options={"filter:tempauth": {"token_life": LIFE}}) as started:
        yield started


@pytest.mark.parametrize("told", [True, False], ids=["its end is known", "it is refused"])
def test_a_transfer_outlives_several(hasty: Swift, told: bool) -> None:
    user = hasty.tempauth
    with HttpFaults("127.0.0.1", hasty.port) as proxy:
        settings = SwiftSettings(
            auth_url=user.auth_url,
            auth_version="1",
            user=user.user,
            key=user.password,
            endpoint=f"{proxy.base}/v1/TEMP_test",
            expire_soon=1 if told else 0,
            **FAST,
        )
        driver = SwiftDriver(settings)
        if not told:
            log_in_without_an_end(driver)
        with closing(Store("swift", driver)) as store:
            location = store.put("image", slow_source()).location
            with store.open(location) as reader:
                first = reader.read(MIB)
                time.sleep(LIFE + 0.5)
                data = first + reader.read()
            store.delete(location)
        assert data == b"".join(blocks())
        seen = [one for one in proxy.seen() if "X-Auth-Token" in {name.title() for name in one.headers}]
        tokens = {value for one in seen for name, value in one.headers.items() if name.title() == "X-Auth-Token"}
        assert len(tokens) >= 3
        refused = [one for one in seen if one.status == 401]
        assert not refused if told else refused


def log_in_without_an_end(driver: SwiftDriver) -> None:
    """As where the answer to a login does not say how long its token is good for: radosgw of old."""
    plugin = driver._client._login.plugin
    log_in = plugin._log_in  # type: ignore[attr-defined]

    def endless(session: object) -> None:
        log_in(session)
        plugin._ends = float("inf")  # type: ignore[attr-defined]

    plugin._log_in = endless  # type: ignore[attr-defined]


def blocks() -> Iterator[bytes]:
    for number in range(BLOCKS):
        yield bytes([number]) * MIB


def slow_source() -> Iterator[bytes]:
    for block in blocks():
        time.sleep((LIFE + 0.5) / 2)
        yield block
