"""Who may finish an image of one id: the lowest claim waits, and the others keep out of its way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from servers.keystone import Account
from servers.swift import Swift
from tests.drivers.swift.stores import Place, place

pytestmark = pytest.mark.server

DATA = b"an image" * 1000

_SECONDS = 60.0
_FOREIGN = f".orlop/claims/image/{'0' * 32}"
"""The lowest name of all: it is the others that withdraw."""


@pytest.fixture
def here(swift: Swift, operator: Account) -> Iterator[Place]:
    with place(swift, operator) as made:
        yield made


def claimed(here: Place, method: str) -> int:
    return sum("/claims/image/" in one.target for one in here.proxy.seen(method))


def looks(here: Place) -> int:
    return sum("claims" in one.target for one in here.proxy.seen("GET"))


def test_who_has_withdrawn_claims_again_only_when_nobody_else_does(here: Place) -> None:
    """Eight that came back each time before the lowest had looked kept it waiting for minutes on a busy server."""
    here.witness.request("PUT", f"{here.container}/{_FOREIGN}", body=b"")
    with ThreadPoolExecutor(1) as threads:
        put = threads.submit(here.store.put, "image", DATA)
        until = time.monotonic() + _SECONDS
        while looks(here) < 5 and not put.done():
            assert time.monotonic() < until, "nobody looks whether the other has finished"
            time.sleep(0.02)
        assert (claimed(here, "PUT"), claimed(here, "DELETE")) == (1, 1)
        here.witness.request("DELETE", f"{here.container}/{_FOREIGN}")
        location = put.result(_SECONDS).location
    assert (claimed(here, "PUT"), claimed(here, "DELETE")) == (2, 2)
    with here.store.open(location) as reader:
        assert reader.read() == DATA
