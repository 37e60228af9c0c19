"""The rest of a store: copying, listing, checking, cleaning."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from typing import Any, Self

import pytest
from orlop import (
    Acl,
    AlreadyExists,
    Capability,
    Finding,
    Identity,
    Leftover,
    Mismatch,
    NotFound,
    PermissionDenied,
    Severity,
    Stat,
    Store,
    StoreFull,
    Unavailable,
    Unsupported,
    open_store,
)
from orlop.driver import Blob, Driver, Upload
from orlop.drivers.memory.driver import MemoryBlob, MemoryDriver
from orlop.drivers.memory.settings import MemorySettings
from orlop.errors import StoreError
from orlop.events import Kind

from tests.core.faulty import FaultyDriver, Full, Passing, store_of, times

DATA = bytes(range(256))[:95]
SHA = hashlib.sha256(DATA).hexdigest()


def test_copy_from_store_to_store(store: Store) -> None:
    location = store.put("a", DATA, digests=("sha256", "md5")).location
    target = open_store("memory:")
    receipt = store.copy(location, target, "b", digests=("sha512",))
    assert receipt.digests == {
        "sha512": hashlib.sha512(DATA).hexdigest(), "sha256": SHA, "md5": hashlib.md5(DATA).hexdigest(),
    }  # fmt: skip
    with target.open(receipt.location, verify=True) as reader:
        assert reader.read() == DATA
    with pytest.raises(AlreadyExists):
        store.copy(location, target, "b")
    with pytest.raises(NotFound):
        store.copy("memory://nobody", target, "c")


def test_a_copy_of_damaged_data_is_refused(driver: FaultyDriver, store: Store) -> None:
    location = store.put("a", DATA).location
    driver.hooks["piece"] = lambda at, data: bytes(len(data))
    target = FaultyDriver()
    with pytest.raises(Mismatch, match="sha256"):
        store.copy(location, store_of(target), "b")
    assert target.ids == set()


def test_a_copy_is_compared_with_what_the_caller_says(store: Store) -> None:
    location = store.put("a", DATA, digests=()).location
    target = open_store("memory:")
    with pytest.raises(Mismatch):
        store.copy(location, target, "b", expect={"sha256": "0" * 64})
    assert store.copy(location, target, "b", expect={"sha256": SHA}).digests == {"sha256": SHA}


class Cloning(FaultyDriver):
    """A backend that copies by itself."""

    capabilities = FaultyDriver.capabilities | Capability.COPY

    def upload(self, image_id: str, size: int | None) -> Upload:
        upload = super().upload(image_id, size)

        def clone(blob: Blob) -> None:
            if blob.size == 7:
                raise Unsupported("not this one")
            upload.write(0, b"".join(blob.read()) if blob.size != 8 else b"bad")

        upload.clone = clone  # type: ignore[method-assign]
        return upload


def test_a_copy_inside_the_backend_moves_no_bytes_through_the_engine() -> None:
    driver = Cloning()
    store = store_of(driver)
    location = store.put("a", DATA).location
    driver.counts.clear()
    events: list[Any] = []
    assert store.copy(location, store, "b", on_event=events.append).digests == {"sha256": SHA}
    assert driver.counts["write"] == 1
    assert store.verify(store.locate("b"))
    assert events


def test_a_copy_inside_the_backend_is_tried_again() -> None:
    driver = Cloning()
    store = store_of(driver)
    location = store.put("a", DATA).location
    driver.hooks["write"] = times(2, Passing("busy"))
    events: list[Any] = []
    store.copy(location, store, "b", on_event=events.append)
    assert store.verify(store.locate("b"))
    assert [event.kind for event in events].count(Kind.RETRY) == 2
    driver.hooks["write"] = times(100, Passing("busy"))
    with pytest.raises(Unavailable):
        store.copy(location, store, "c")
    assert driver.ids == {"a", "b"}


def test_where_it_cannot_clone_it_streams() -> None:
    driver = Cloning()
    store = store_of(driver)
    location = store.put("a", b"7 bytes").location
    assert store.copy(location, store, "b").size == 7
    assert store.verify(store.locate("b"))


def test_a_bad_clone_is_not_kept() -> None:
    driver = Cloning()
    store = store_of(driver)
    location = store.put("a", b"8 bytes.").location
    driver.hooks["piece"] = lambda at, data: b"8 bytes!"
    with pytest.raises(Mismatch) as caught:
        store.copy(location, store, "b")
    assert (caught.value.store, caught.value.operation, caught.value.location) == (store.name, "copy", "b")
    assert driver.ids == {"a"}


def test_delete(driver: FaultyDriver, store: Store) -> None:
    location = store.put("a", DATA).location
    assert store.exists(location)
    store.delete(location)
    assert not store.exists(location)
    with pytest.raises(NotFound):
        store.delete(location)
    assert driver.ids == set()


def test_a_delete_is_tried_again(driver: FaultyDriver, store: Store) -> None:
    location = store.put("a", DATA).location
    driver.hooks["delete"] = times(2, Passing("busy"))
    store.delete(location)
    assert (driver.ids, driver.counts["delete"]) == (set(), 3)
    location = store.put("a", DATA).location
    driver.hooks["delete"] = times(100, Passing("busy"))
    with pytest.raises(Unavailable, match="busy"):
        store.delete(location)


def test_a_delete_whose_answer_is_lost_is_a_success(driver: FaultyDriver, store: Store) -> None:
    location = store.put("a", DATA).location

    def lost(_: str) -> None:
        if driver.ids:
            MemoryDriver.delete(driver, location, driver.identify(location))
            raise Passing("gone away")

    driver.hooks["delete"] = lost
    store.delete(location)
    assert driver.ids == set()
    with pytest.raises(NotFound):
        store.delete(location)


def test_who_may_read_is_said_again(driver: FaultyDriver) -> None:
    driver.capabilities |= Capability.ACL
    said: list[Acl] = []
    refusing = times(2, Passing("busy"))

    def say(location: str, acl: Acl) -> None:
        refusing()
        said.append(acl)

    driver.set_acl = say  # type: ignore[method-assign]
    store = store_of(driver)
    store.set_acl(store.put("a", DATA).location, Acl(public=True))
    assert said == [Acl(public=True)]


def test_what_is_left_is_cleaned_again(driver: FaultyDriver, store: Store) -> None:
    cleaned: list[Leftover] = []
    refusing = times(2, Passing("busy"))

    def clean(leftover: Leftover) -> None:
        refusing()
        cleaned.append(leftover)

    driver.clean = clean  # type: ignore[method-assign]
    left = Leftover("here", 1)
    store.clean(left)
    assert cleaned == [left]


def test_a_listing_begins_again_while_nothing_has_been_told(driver: FaultyDriver, store: Store) -> None:
    for number in range(3):
        store.put(f"{number}", DATA)
    listing, refusing = driver.list, times(2, Passing("busy"))

    def slow() -> Iterator[Stat]:
        for number, one in enumerate(listing()):
            if number == 1:
                refusing()
            yield one

    driver.list = slow  # type: ignore[method-assign]
    assert [one.image_id for one in store.list()] == ["0", "1", "2"]


def test_unreachable_is_not_absent(driver: FaultyDriver, store: Store) -> None:
    driver.hooks["stat"] = times(100, Passing("busy"))
    with pytest.raises(Unavailable):
        store.exists("memory://a")


def test_list_and_locate(store: Store) -> None:
    locations = {store.put(f"image {number}%", b"x" * number).location for number in range(300)}
    found = list(store.list())
    assert {stat.location for stat in found} == locations
    assert store.locate("image 7%") in locations
    assert store.stat(store.locate("image 7%")).size == 7
    with pytest.raises(NotFound):
        store.locate("nobody")


def test_space(store: Store) -> None:
    before = store.space()
    store.put("a", DATA)
    assert store.space().free == before.free - 95
    assert store.space().used == 95
    small = Store("small", MemoryDriver(MemorySettings(capacity=100)))
    small.put("a", DATA)
    for size in (6, None):
        with pytest.raises(StoreFull, match="5 are free"):
            small.put("b", b"123456", size=size)


def test_what_check_finds_lost_is_refused_as_what_it_is_until_the_next_check(
    driver: FaultyDriver, store: Store
) -> None:
    reason = "the disk is read-only; remount it"
    lost = Capability.WRITE_ACCESS | Capability.DELETE
    findings = [Finding(Severity.ERROR, reason, lost, PermissionDenied)]
    driver.check = lambda: findings  # type: ignore[method-assign]
    assert store.check() == findings
    assert lost in store.capabilities
    assert store.lost == lost
    with pytest.raises(PermissionDenied, match=reason):
        store.put("a", DATA)
    findings.clear()
    store.check()
    assert store.lost == Capability.NONE
    store.put("a", DATA)


@pytest.mark.parametrize("error", [Passing("gone away"), Full("full")])
def test_a_check_that_fails_is_a_finding(driver: FaultyDriver, store: Store, error: Exception) -> None:
    def check() -> list[Finding]:
        raise error

    driver.check = check  # type: ignore[method-assign]
    (finding,) = store.check()
    assert finding.severity is Severity.ERROR
    assert finding.message == str(error)
    # What may pass takes nothing away: the store would answer Unsupported long after its backend is back.
    assert store.lost == (Capability.NONE if isinstance(error, Passing) else Capability.WRITE_ACCESS)


def test_a_check_that_hangs_is_a_finding() -> None:
    driver, release = FaultyDriver(deadline=0.5), threading.Event()
    driver.check = release.wait  # type: ignore[method-assign,assignment]
    (finding,) = store_of(driver).check()
    assert "within 0.5 s" in finding.message
    release.set()


class Bare(Driver[MemorySettings]):
    """Nothing but what every driver must have."""

    settings_type = MemorySettings
    schemes = ("bare",)
    capabilities = Capability.READ_ACCESS | Capability.DRIVER_REUSABLE

    def open(self, location: str) -> Blob:
        return MemoryBlob(b"x")

    def stat(self, location: str) -> Stat:
        return Stat(location, 1)

    def classify(self, error: BaseException) -> type[StoreError] | None:
        return None


class Generous(Bare):
    """Says that it can do everything, and implements nothing."""

    capabilities = ~Capability.NONE


@pytest.mark.parametrize("kind", [Bare, Generous])
def test_what_a_driver_does_not_have_is_unsupported(kind: type[Bare]) -> None:
    store = Store("bare", kind(MemorySettings()))
    for call in (
        lambda: store.put("a", DATA),
        lambda: store.delete("bare://a"),
        lambda: list(store.list()),
        lambda: store.space(),
        lambda: store.set_acl("bare://a", Acl(public=True)),
        lambda: store.locate("a"),
        lambda: store.clean(Leftover("x", 1)),
        lambda: store.acting_as(Identity("p", "u", "token")),
        lambda: store.copy("bare://a", store, "b"),
    ):
        with pytest.raises(Unsupported, match="bare: "):
            call()
    assert list(store.leftovers()) == []
    assert store.check() == []
    assert dict(kind(MemorySettings()).metadata("bare://a")) == {}
    store.close()


class Rich(FaultyDriver):
    """A driver with the optional parts."""

    capabilities = FaultyDriver.capabilities | Capability.ACL
    seen: list[Any]

    def __init__(self) -> None:
        super().__init__()
        self.seen = []

    def set_acl(self, location: str, acl: Acl) -> None:
        self.seen.append((location, acl))

    def leftovers(self) -> Iterator[Leftover]:
        yield Leftover("left-1", 10, "a")

    def clean(self, leftover: Leftover) -> None:
        self.seen.append(leftover)

    def acting_as(self, identity: Identity) -> Self:
        self.seen.append(identity)
        return self


def test_the_optional_parts_are_reached() -> None:
    driver = Rich()
    store = store_of(driver)
    location = store.put("a", DATA).location
    store.set_acl(location, Acl(read=("p",)))
    (leftover,) = store.leftovers()
    store.clean(leftover)
    other = store.acting_as(Identity("p", "u", "secret"))
    assert other.name == store.name
    assert [type(one) for one in driver.seen] == [tuple, Leftover, Identity]
    assert "secret" not in repr(driver.seen)


def test_a_store_shows_itself_without_secrets(store: Store) -> None:
    assert repr(store) == "<Store 'faulty' driver='memory'>"
    assert store.schemes == ("memory",)
    with store as same:
        assert same is store
