"""A delete removes the image that was meant, with all its segments, and no other image, whatever is lost on the way."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from orlop.errors import NotFound, StoreError, Unavailable
from orlop.records import Leftover

from servers.http_faults import Fault
from servers.keystone import Account
from servers.swift import Swift
from tests.drivers.swift.stores import MIB, Place, place

pytestmark = pytest.mark.server

PARTS = [hashlib.sha256(bytes([at])).digest() * (MIB // 32) for at in range(2)] + [b"the end"]
DATA = b"".join(PARTS)
DEAD = 1.0
"""Seconds of silence after which what is left counts as dead."""
THE_MANIFEST = r"/image$"


@pytest.fixture
def here(swift: Swift, operator: Account) -> Iterator[Place]:
    with place(swift, operator, leftover_seconds=DEAD) as made:
        yield made
        made.proxy.clear()
        assert made.left() == set()


def own_static(here: Place) -> None:
    here.store.put("image", DATA)


def own_dynamic(here: Place) -> None:
    with here.opened(large_objects="dlo") as store:
        store.put("image", DATA)


def parts(here: Place, data: list[bytes] = PARTS) -> None:
    for number, part in enumerate(data, 1):
        assert here.witness.request("PUT", f"{here.container}/image-{number:05d}", body=part).status == 201


def old_dynamic(here: Place) -> None:
    """As glance_store 5.7 has it: the segments beside the image."""
    parts(here)
    told = {"X-Object-Manifest": f"{here.container}/image-"}
    assert here.witness.request("PUT", f"{here.container}/image", told, body=b"").status == 201


def static_of_others(here: Place) -> None:
    parts(here)
    names = [f"/{here.container}/image-{number:05d}" for number in range(1, len(PARTS) + 1)]
    body = json.dumps([{"path": name} for name in names]).encode()
    path = f"{here.container}/image?multipart-manifest=put"
    assert here.witness.request("PUT", path, body=body).status == 201


Maker = Callable[[Place], None]
ALL_KINDS = pytest.mark.parametrize("made", [own_static, own_dynamic, old_dynamic, static_of_others])
OF_OTHERS = pytest.mark.parametrize("made", [old_dynamic, static_of_others])
LOSSES = {
    "cut before the head": Fault(cut_head=0),
    "cut in the head": Fault(cut_head=20),
    "500 after the deed": Fault(status=500, after=True),
    "cut for ever": Fault(cut_head=0, times=None),
}


def cleaned(here: Place) -> list[Leftover]:
    """Wait until something counts as dead, and clean it."""
    until = time.monotonic() + 60
    while not (found := list(here.store.leftovers())):
        assert time.monotonic() < until, "nothing counts as dead"
        time.sleep(0.1)
    for one in found:
        here.store.clean(one)
    return found


@ALL_KINDS
@pytest.mark.parametrize("loss", LOSSES)
def test_segments_go_although_the_answer_for_the_manifest_is_lost(here: Place, made: Maker, loss: str) -> None:
    made(here)
    here.proxy.set(replace(LOSSES[loss], method="DELETE", path=THE_MANIFEST))
    here.store.delete(here.store.locate("image"))
    assert here.left() == set()


@ALL_KINDS
def test_a_delete_that_stopped_after_the_manifest_is_ended_by_the_next_try(here: Place, made: Maker) -> None:
    made(here)
    driver = here.store._driver
    location = here.store.locate("image")
    identity = driver.identify(location)
    here.proxy.set(Fault(method="DELETE", path=r"image[-/]", times=None, status=503))
    with pytest.raises(Unavailable, match="3 of 3 segments"):
        driver.delete(location, identity)
    assert not here.store.exists(location)
    here.proxy.clear()
    with pytest.raises(NotFound):
        driver.delete(location, identity)
    assert here.left() == set()


@ALL_KINDS
def test_what_a_killed_delete_has_left_is_found_and_cleaned(here: Place, made: Maker) -> None:
    made(here)
    driver = here.store._driver
    location = here.store.locate("image")
    here.proxy.set(Fault(method="DELETE", path=r"image[-/]", times=None, status=503))
    with pytest.raises(Unavailable):
        driver.delete(location, driver.identify(location))
    here.proxy.clear()
    with here.opened(leftover_seconds=600) as patient:
        assert list(patient.leftovers()) == []  # it may live for all that anybody knows
    assert [one.image_id for one in cleaned(here)] == ["image"]
    assert here.left() == set()


@OF_OTHERS
def test_an_image_whose_delete_was_killed_before_it_did_anything_stays(here: Place, made: Maker) -> None:
    made(here)
    driver = here.store._driver
    location = here.store.locate("image")
    here.proxy.set(Fault(method="DELETE", times=None, status=503))
    with pytest.raises(StoreError):
        driver.delete(location, driver.identify(location))
    here.proxy.clear()
    cleaned(here)
    with here.store.open(location) as reader:
        assert reader.read() == DATA
    here.store.delete(location)


@ALL_KINDS
def test_a_repeated_delete_leaves_the_image_that_came_meanwhile(here: Place, made: Maker) -> None:
    made(here)
    driver = here.store._driver
    location = here.store.locate("image")
    identity = driver.identify(location)
    driver.delete(location, identity)
    here.store.put("image", DATA[::-1])
    with pytest.raises(NotFound):
        driver.delete(location, identity)
    with here.store.open(location) as reader:
        assert reader.read() == DATA[::-1]
    here.store.delete(location)


def test_a_repeated_delete_leaves_segments_of_the_old_names_that_are_new(here: Place) -> None:
    """glance_store 5.7 gives the segments of a later image of the same id the same names."""
    old_dynamic(here)
    driver = here.store._driver
    location = here.store.locate("image")
    identity = driver.identify(location)
    driver.delete(location, identity)
    other = [part[::-1] for part in PARTS]
    parts(here, other)
    with pytest.raises(NotFound):
        driver.delete(location, identity)
    told = {"X-Object-Manifest": f"{here.container}/image-"}
    here.witness.request("PUT", f"{here.container}/image", told, body=b"")
    with here.store.open(location) as reader:
        assert reader.read() == b"".join(other)
    here.store.delete(location)


def test_a_delete_of_an_identity_that_is_none_deletes_nothing(here: Place) -> None:
    location = here.store.put("image", DATA).location
    driver = here.store._driver
    for identity in ("", "x", driver.identify(location) + "x", "[]", "{}"):
        with pytest.raises(NotFound):
            driver.delete(location, identity)
    assert here.store.exists(location)
    here.store.delete(location)


def test_a_damaged_image_can_be_deleted(here: Place) -> None:
    location = here.store.put("image", DATA).location
    segments = sorted(name for name in here.left() if "/segments/" in name)
    here.witness.request("DELETE", segments[1])
    here.store.delete(location)


def test_a_delete_is_a_success_only_when_swift_says_so(here: Place) -> None:
    """200 is what a proxy or a portal answers."""
    location = here.store.put("image", DATA).location
    with here.opened(attempts=2, retry_seconds=0.5) as store:
        for headers in ({}, {"X-Trans-Id": "tx1"}):
            here.proxy.set(Fault(method="DELETE", status=200, times=None, headers=headers))
            with pytest.raises(Unavailable, match="200"):
                store.delete(location)
            here.proxy.set(Fault(method="DELETE", path=THE_MANIFEST, status=204, times=None, headers=headers))
            with pytest.raises(Unavailable):
                store.delete(location)
    here.proxy.clear()
    with here.store.open(location) as reader:
        assert reader.read() == DATA
    here.store.delete(location)


def test_404_of_something_else_than_swift_is_no_absence(here: Place) -> None:
    """Glance forgets an image that is not found: a load balancer without servers must not make it do so."""
    location = here.store.put("image", b"data").location
    with here.opened(attempts=2, retry_seconds=0.5) as store:
        here.proxy.set(Fault(status=404, times=None, body=b"<html>no such site</html>"))
        for ask in (store.stat, store.exists, store.delete, store.open):
            with pytest.raises(Unavailable, match="not by Swift"):
                ask(location)
    here.proxy.clear()
    here.store.delete(location)
