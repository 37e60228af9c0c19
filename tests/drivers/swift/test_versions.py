"""Containers that keep versions: what comes back is removed, and `check` says what stays."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from orlop.records import Severity

from servers.http_faults import Fault
from servers.keystone import Account
from servers.swift import Swift
from tests.drivers.swift.stores import MIB, Place, place

pytestmark = pytest.mark.server

DATA = bytes(range(256)) * (2 * MIB // 256) + b"end"
BEATS = 0.2
"""Seconds between two heartbeats of the store here."""


@pytest.fixture
def here(swift: Swift, operator: Account) -> Iterator[Place]:
    with place(swift, operator, leftover_seconds=5 * BEATS) as made:
        yield made


@pytest.fixture
def versions(here: Place) -> str:
    """The container of the versions."""
    name = f"versions-{here.container}"
    here.witness.request("PUT", name)
    return name


def slowly(here: Place) -> Iterator[bytes]:
    """The heartbeat is written several times while this is read."""
    yield DATA[: 2 * MIB]
    deadline = time.monotonic() + 30
    while sum("uploads/" in one.target for one in here.proxy.seen("PUT")) < 4:
        assert time.monotonic() < deadline, "no heartbeats are seen"
        time.sleep(BEATS / 2)
    yield DATA[2 * MIB :]


def test_nothing_comes_back_from_a_stack_of_versions(here: Place, versions: str) -> None:
    here.witness.request("POST", here.container, {"X-Versions-Location": versions})
    here.proxy.set(Fault(method="PUT", path="/segments/", nth=2, status=500, after=True))
    location = here.store.put("image", slowly(here)).location
    assert {name.split("/")[2] for name in here.left() if "/.orlop/" in name} == {"segments"}
    with here.store.open(location) as reader:
        assert reader.read() == DATA
    here.store.delete(location)
    assert here.left() == set()
    location = here.store.put("image", DATA).location  # nobody's lock is in the way
    here.store.delete(location)
    assert here.left() == set()


def test_what_a_dead_upload_has_left_on_a_stack_of_versions_is_cleaned(here: Place, versions: str) -> None:
    here.witness.request("POST", here.container, {"X-Versions-Location": versions})
    mark = "a" * 32
    for name in (f"uploads/image/{mark}", f"claims/image/{mark}", f"segments/image/{mark}/{0:016d}"):
        for _ in range(3):
            assert here.witness.request("PUT", f"{here.container}/.orlop/{name}", body=b"x").status == 201
    deadline = time.monotonic() + 30
    while not (found := list(here.store.leftovers())):
        assert time.monotonic() < deadline, "it never counts as dead"
        time.sleep(BEATS)
    for one in found:
        here.store.clean(one)
    assert here.left() == set()


@pytest.mark.parametrize("header", ["X-Versions-Location", "X-History-Location"])
def test_check_warns_of_a_container_that_keeps_versions(here: Place, versions: str, header: str) -> None:
    assert not [one for one in here.store.check() if one.severity is Severity.WARNING]
    here.witness.request("POST", here.container, {header: versions})
    (warned,) = [one.message for one in here.store.check() if one.severity is Severity.WARNING]
    assert header in warned
    assert "taking space" in warned


def test_check_warns_of_versions_of_the_new_manner(here: Place) -> None:
    for value, warns in (("True", True), ("False", False)):
        here.proxy.set(Fault(method="HEAD", changed={"X-Versions-Enabled": value}, times=None))
        assert any("versions" in one.message for one in here.store.check()) is warns
