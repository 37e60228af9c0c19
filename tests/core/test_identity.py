"""What is repeated is for the image that was meant at first, and for no other one of its id."""

from __future__ import annotations

import pytest
from orlop import NotFound, Store, Unavailable
from orlop.capabilities import Capability
from orlop.drivers.memory.driver import MemoryDriver
from orlop.errors import StoreError
from orlop.records import Acl

from tests.core.faulty import FaultyDriver, Passing, times

OLD, NEW = b"old", b"somebody else's, put meanwhile"


def replaced(driver: FaultyDriver, location: str) -> None:
    """Another process deletes the image, and puts another one under its id."""
    MemoryDriver.delete(driver, location, MemoryDriver.identify(driver, location))
    upload = MemoryDriver.upload(driver, "a", None)
    upload.write(0, NEW)
    upload.commit(len(NEW), {})


def content(store: Store, location: str) -> bytes:
    with store.open(location) as reader:
        return reader.read()


def test_a_repeated_delete_leaves_a_new_image_of_the_id(driver: FaultyDriver, store: Store) -> None:
    location = store.put("a", OLD).location

    def answer_lost(_: str) -> None:
        if driver.counts["delete"] == 1:
            replaced(driver, location)
            raise Passing("the answer was lost")

    driver.hooks["delete"] = answer_lost
    store.delete(location)
    assert driver.counts["delete"] == 2
    assert content(store, location) == NEW


def test_a_delete_is_for_the_image_that_was_there_when_it_was_asked_for(driver: FaultyDriver, store: Store) -> None:
    location = store.put("a", OLD).location

    def meanwhile(_: str) -> None:
        if driver.counts["delete"] == 1:
            replaced(driver, location)

    driver.hooks["delete"] = meanwhile
    with pytest.raises(NotFound):
        store.delete(location)
    assert content(store, location) == NEW


def test_asking_for_the_identity_is_tried_again(driver: FaultyDriver, store: Store) -> None:
    location = store.put("a", OLD).location
    driver.hooks["identify"] = times(2, Passing("busy"))
    store.delete(location)
    assert driver.ids == set()
    with pytest.raises(NotFound):
        store.delete(location)


class Listed(FaultyDriver):
    """Says who may read an image, as often as the hook lets it."""

    capabilities = FaultyDriver.capabilities | Capability.ACL

    def set_acl(self, location: str, acl: Acl) -> None:
        self.step("set_acl", location)
        self.said = self.identify(location)


def test_who_may_read_is_not_said_of_a_new_image_of_the_id() -> None:
    driver = Listed()
    store = Store("s", driver)
    location = store.put("a", OLD).location

    def answer_lost(_: str) -> None:
        if driver.counts["set_acl"] == 1:
            replaced(driver, location)
            raise Passing("the answer was lost")

    driver.hooks["set_acl"] = answer_lost
    with pytest.raises(NotFound, match="another one of its id"):
        store.set_acl(location, Acl(public=True))
    assert driver.counts["set_acl"] == 1


def test_a_delete_that_cannot_be_done_says_so(driver: FaultyDriver, store: Store) -> None:
    location = store.put("a", OLD).location
    driver.hooks["delete"] = times(1000, Passing("busy"))
    with pytest.raises(Unavailable) as caught:
        store.delete(location)
    assert isinstance(caught.value, StoreError)
    assert driver.ids == {"a"}
