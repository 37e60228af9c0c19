"""Tokens that end long before the image does: Swifts whose tempauth gives them for a few seconds."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from orlop.drivers.swift.driver import SwiftDriver
from orlop.drivers.swift.settings import SwiftSettings
from orlop.store import Store

from servers.http_faults import HttpFaults
from servers.swift import Swift
from tests.drivers.swift.stores import FAST, MIB

pytestmark = pytest.mark.server

SOON = 2
MARGIN = 6
"""A request may take so long from being signed to being judged."""
BLOCKS = 5
FRESH_ONES = {"fernet_key_1": base64.urlsafe_b64encode(bytes(32)).decode(), "active_fernet_key_id": "1"}
"""Every login gets a token of its own; else all get the same one until it ends."""


@dataclass(frozen=True)
class Kind:
    life: int
    fresh: bool
    told: bool
    expire_soon: int


KINDS = {
    "its end is known": Kind(SOON + MARGIN, fresh=True, told=True, expire_soon=MARGIN),
    "it is refused": Kind(SOON, fresh=False, told=False, expire_soon=0),
    "there is no other before": Kind(SOON, fresh=False, told=True, expire_soon=SOON),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_transfer_outlives_several(name: str) -> None:
    kind = KINDS[name]
    tempauth = {"token_life": kind.life, **(FRESH_ONES if kind.fresh else {})}
    with Swift(options={"filter:tempauth": tempauth}) as swift, HttpFaults("127.0.0.1", swift.port) as proxy:
        user = swift.tempauth
        settings = SwiftSettings(
            auth_url=f"{proxy.base}{urlsplit(user.auth_url).path}",
            auth_version="1",
            user=user.user,
            key=user.password,
            endpoint=f"{proxy.base}/v1/TEMP_test",
            expire_soon=kind.expire_soon,
            **FAST,
        )
        driver = SwiftDriver(settings)
        if not kind.told:
            log_in_without_an_end(driver)
        with closing(Store("swift", driver)) as store:
            location = store.put("image", slow_source()).location
            with store.open(location) as reader:
                first = reader.read(MIB)
                time.sleep(SOON + 0.5)
                data = first + reader.read()
            store.delete(location)
        assert data == b"".join(blocks())
        sent = [{key.title(): value for key, value in one.headers.items()} for one in proxy.seen()]
        tokens = {headers["X-Auth-Token"] for headers in sent if "X-Auth-Token" in headers}
        logins = sum("X-Auth-User" in headers for headers in sent)
        refused = sum(one.status == 401 for one in proxy.seen())
        assert len(tokens) >= 3
        if kind.fresh:
            assert (refused, logins) == (0, len(tokens))
        else:
            assert refused
            assert logins <= 2 * len(tokens) + refused


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
        time.sleep((SOON + 0.5) / 2)
        yield block
