"""Every request by which the driver changes something meets every lie: the image is whole or absent, nothing is left."""

from __future__ import annotations

import hashlib
import os
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
    quick = {"read_timeout": LATE / 2, "attempts": 3, "retry_seconds": 4.0}
    with place(swift, operator, **quick) as made:
        yield made


@pytest.fixture
def site(here: Place, case: tuple[Operation, int, Sequence[Lie]]) -> Iterator[Site]:
    url = here.swift.storage_url(here.account.scope()["project"]["id"])
    # The other stores wait for answers, and try again. What is past the proxy takes for dead what is a second old: the
    # clock in answers has seconds.
    calm = {"read_timeout": 30.0, "attempts": 20, "retry_seconds": 60.0}
    direct = here.opened(endpoint=url, leftover_seconds=1.0, **calm)

    def wipe() -> None:
        for name in here.left():
            here.witness.request("DELETE", quote(name))

    def abandon() -> None:
        upload = here.store._driver.upload(IMAGE, len(LARGE))
        upload.write(0, LARGE[:MIB])
        upload._beacon.stop()  # type: ignore[attr-defined]

    # What has been left counts as dead for who cleans it; heartbeats of uploads would be requests more.
    age = {"leftover_seconds": 1.0 if isinstance(case[0], Clean) else 600.0}
    store, patient = here.opened(**age), here.opened(**age, **calm)
    with direct, store, patient:
        yield Site(store, direct, here.proxy, here.left, wipe, abandon, ("[0-9a-f]{32}",), LATE, patient=patient)


THOROUGH = os.environ.get("ORLOP_THOROUGH") == "1"
"""Every lie to every request; else one of each kind, of those that need no waiting, and the others where it matters."""
LIE = {lie.name: lie for lie in LIES}
QUICK = tuple(
    LIE[name] for name in ("200 and nothing behind it", "the answer is lost after the deed", "500 after the deed")
)
MAIN = (*QUICK, *(LIE[name] for name in ("the deed is late", "404", "412")))
CASES: tuple[tuple[Operation, int, Sequence[Lie]], ...] = (
    (Put("put a small image", SMALL), 3, MAIN[:4]),
    (Put("put a large image", LARGE), 8, QUICK[:2]),
    (Copy("copy a large image", LARGE), 8, QUICK[1:2]),
    (Delete("delete a small image", SMALL), 1, MAIN),
    (Delete("delete a large image", LARGE), 4, QUICK),
    (Clean("clean", LARGE), 3, QUICK[1:2]),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].name)
@pytest.mark.timeout(3600 if THOROUGH else 600)
def test_every_lie_to_every_changing_request(site: Site, case: tuple[Operation, int, Sequence[Lie]]) -> None:
    operation, requests, quick = case
    lies = LIES if THOROUGH else quick
    report = sweep(site, operation, lies)
    assert report.problems == []
    assert report.cases == requests * len(lies)
