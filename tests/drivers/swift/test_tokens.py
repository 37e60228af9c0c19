"""Tokens that end long before the image does: Swifts whose tempauth gives them for seconds, or forgets them."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest
from orlop.drivers.swift.driver import SwiftDriver
from orlop.drivers.swift.settings import SwiftSettings
from orlop.store import Store

from servers.http_faults import HttpFaults
from servers.swift import Swift
from tests.drivers.swift.stores import FAST, MIB

pytestmark = pytest.mark.server

LIFE = 2
MARGIN = 60
"""Seconds that a request may take from being signed to being judged."""
BLOCKS = 5
PATIENCE = 60.0
FRESH_ONES = {"fernet_key_1": base64.urlsafe_b64encode(bytes(32)).decode(), "active_fernet_key_id": "1"}
"""Every login gets a token of its own; else all get the same one until it ends."""
SEGMENT = "/.orlop/segments/"


class Here:
    """A Swift, and the proxy by which the store reaches it."""

    def __init__(self, swift: Swift, proxy: HttpFaults) -> None:
        self.swift, self.proxy = swift, proxy

    def opened(self, *, told: bool = True, expire_soon: int) -> closing[Store]:
        """A store of one lane. told: whether it hears how long tokens are good for."""
        user = self.swift.tempauth
        settings = SwiftSettings(
            auth_url=f"{self.proxy.base}{urlsplit(user.auth_url).path}",
            auth_version="1",
            user=user.user,
            key=user.password,
            endpoint=f"{self.proxy.base}/v1/TEMP_test",
            expire_soon=expire_soon,
            lanes=1,
            **FAST,
        )
        driver = SwiftDriver(settings)
        if not told:
            log_in_without_an_end(driver)
        return closing(Store("swift", driver))

    def segments(self) -> int:
        """How many segments are stored."""
        return sum(one.status == 201 for one in self.proxy.seen("PUT") if SEGMENT in one.target)

    def tokens(self) -> tuple[set[str], int, int]:
        """The tokens that were sent, how many requests were refused, and how many were logins."""
        seen = self.proxy.seen()
        sent = [{key.title(): value for key, value in one.headers.items()} for one in seen]
        tokens = {headers["X-Auth-Token"] for headers in sent if "X-Auth-Token" in headers}
        return tokens, sum(one.status == 401 for one in seen), sum("X-Auth-User" in headers for headers in sent)


@contextmanager
def started(tempauth: Mapping[str, object]) -> Iterator[Here]:
    with Swift(options={"filter:tempauth": tempauth}) as swift, HttpFaults("127.0.0.1", swift.port) as proxy:
        yield Here(swift, proxy)


def test_a_transfer_outlives_several_whose_end_is_known() -> None:
    """None is refused: it is renewed before that, and a request has a minute from being signed to being judged."""
    with started({"token_life": LIFE + MARGIN, **FRESH_ONES}) as here, here.opened(expire_soon=MARGIN) as store:

        def slow() -> Iterator[bytes]:
            for block in blocks():
                time.sleep((LIFE + 0.5) / 2)
                yield block

        location = store.put("image", slow()).location
        with store.open(location) as reader:
            first = reader.read(MIB)
            time.sleep(LIFE + 0.5)
            assert first + reader.read() == b"".join(blocks())
        store.delete(location)
        tokens, refused, logins = here.tokens()
        assert len(tokens) >= 3
        assert (refused, logins) == (0, len(tokens))


@pytest.mark.parametrize("told", [False, True], ids=["it is not said", "there is no other one before"])
def test_a_transfer_outlives_several_that_are_refused(told: bool) -> None:
    """A request is refused once, and done with another token."""
    with started({"token_life": 3600}) as here, here.opened(told=told, expire_soon=3600 if told else 0) as store:

        def ending() -> Iterator[bytes]:
            for number, block in enumerate(blocks()):
                if number >= 2:
                    # All but the last one are stored then: no request meets the end of two tokens.
                    until = time.monotonic() + PATIENCE
                    while here.segments() < number - 1:
                        assert time.monotonic() < until
                        time.sleep(0.01)
                    here.swift.forget_tokens()
                yield block

        location = store.put("image", ending()).location
        with store.open(location) as reader:
            first = reader.read(MIB)
            here.swift.forget_tokens()
            assert first + reader.read() == b"".join(blocks())
        here.swift.forget_tokens()
        store.delete(location)
        tokens, refused, logins = here.tokens()
        assert len(tokens) >= 4
        assert refused >= 3
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
