"""Every request by which the driver changes something meets every lie: the image is whole or absent, nothing is left."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from urllib.parse import quote

import pytest

from servers.keystone import Account
from servers.swift import Swift
from tests.drivers.lies import LIES, Lie
from tests.drivers.sweep import IMAGE, Clean, Copy, Delete, Operation, Put, Site, sweep
from tests.drivers.swift.stores import MIB, Place, place

pytestmark = [pytest.mark.server, pytest.mark.slow]

SMALL = b"a small image"
LARGE = b"".join(hashlib.sha256(str(at).encode()).digest() for at in range(2 * MIB // 32)) + b"end"  # three segments
LATE = 4.0
"""Seconds: twice what the store waits for, which is enough for Swift on a busy machine."""


@pytest.fixture
def here(swift: Swift, operator: Account) -> Iterator[Place]:
    quick = {"read_timeout": LATE / 2, "attempts": 3, "retry_seconds": 4.0, "leftover_seconds": 60.0}
    with place(swift, operator, **quick) as made:
        yield made


@pytest.fixture
def site(here: Place, case: tuple[Operation, int, Sequence[Lie]]) -> Iterator[Site]:
    url = here.swift.storage_url(here.account.scope()["project"]["id"])
    # The other store waits for answers, and takes for dead what is a second old: the clock in answers has seconds.
    direct = here.opened(endpoint=url, leftover_seconds=1.0, read_timeout=30.0)

    def wipe() -> None:
        for name in here.left():
            here.witness.request("DELETE", quote(name))

    def abandon() -> None:
        upload = here.store._driver.upload(IMAGE, len(LARGE))
        upload.write(0, LARGE[:MIB])
        upload._beacon.stop()  # type: ignore[attr-defined]

    # What has been left counts as dead for who cleans it; heartbeats of uploads would be requests more.
    store = here.opened(leftover_seconds=1.0) if isinstance(case[0], Clean) else here.opened()
    with direct, store:
        yield Site(store, direct, here.proxy, here.left, wipe, abandon, ("[0-9a-f]{32}",), LATE)


LIE = {lie.name: lie for lie in LIES}
MAIN = tuple(
    LIE[name]
    for name in (
        "200 and nothing behind it, always",
        "the answer is lost after the deed",
        "500 after the deed, always",
        "the deed is late",
        "404",
        "412",
    )
)
"""One of each kind: all of them for all operations take half an hour."""
FEW = MAIN[:3]
CASES: tuple[tuple[Operation, int, Sequence[Lie]], ...] = (
    (Put("put a small image", SMALL), 3, MAIN),
    (Put("put a large image", LARGE), 8, FEW),
    (Copy("copy a large image", LARGE), 8, FEW[1:]),
    (Delete("delete a small image", SMALL), 1, LIES),
    (Delete("delete a large image", LARGE), 4, MAIN),
    (Clean("clean", LARGE), 3, FEW),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].name)
def test_every_lie_to_every_changing_request(site: Site, case: tuple[Operation, int, Sequence[Lie]]) -> None:
    operation, requests, lies = case
    report = sweep(site, operation, lies)
    assert report.problems == []
    assert report.cases == requests * len(lies)
