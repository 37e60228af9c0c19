"""What a store can do stays; what it cannot do now is refused as what it is, and looked at again."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from orlop import InvalidSettings, NotFound, PermissionDenied, Store, StoreFull, Unavailable, Unsupported
from orlop.availability import LOOK_AGAIN, Availability
from orlop.capabilities import Capability
from orlop.errors import AlreadyExists, BackendError, InUse, StoreError
from orlop.records import Finding, Identity, Severity

from tests.core.faulty import FaultyDriver, Passing

USING = Capability.READ_ACCESS | Capability.WRITE_ACCESS | Capability.DELETE | Capability.LIST


class Checked(FaultyDriver):
    """Its check gives, or raises, what it was told to."""

    result: StoreError | Exception | Sequence[Finding] = ()

    def check(self) -> Sequence[Finding]:
        self.step("check")
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def acting_as(self, identity: Identity) -> Checked:
        child = Checked()
        child._images = self._images
        child.result = PermissionDenied("your token has expired")
        return child


@pytest.fixture
def driver() -> Checked:
    return Checked()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock of availability; the test sets it."""
    clock = [1000.0]
    monkeypatch.setattr("orlop.availability.time.monotonic", lambda: clock[0])
    return clock


@pytest.mark.parametrize(
    "error",
    [PermissionDenied("the key is wrong"), InvalidSettings("no such region"), BackendError("there is no bucket")],
)
def test_a_store_that_check_found_lost_says_why_and_never_that_it_is_for_ever(
    driver: Checked, store: Store, error: StoreError
) -> None:
    location = store.put("a", b"x").location
    before = store.capabilities
    driver.result = error
    store.check()
    for call in (
        lambda: store.put("b", b"x"),
        lambda: store.delete(location),
        lambda: store.open(location),
        lambda: store.stat(location),
        lambda: store.list(),
    ):
        with pytest.raises(type(error), match=error.reason):
            call()
    assert store.capabilities == before
    assert store.lost == USING
    assert driver.ids == {"a"}


@pytest.mark.parametrize("kind", [NotFound, AlreadyExists, InUse, Unsupported])
def test_no_store_that_is_lost_says_something_of_an_image(
    driver: Checked, store: Store, kind: type[StoreError]
) -> None:
    """Callers forget images that are not found, and do not delete where deleting is not supported."""
    driver.result = [Finding(Severity.ERROR, "odd", Capability.DELETE, kind)]
    store.check()
    with pytest.raises(Unavailable, match="odd"):
        store.delete("memory://a")
    driver.result = kind("odder")
    store.check()
    with pytest.raises(Unavailable, match="odder"):
        store.delete("memory://a")


def test_it_is_looked_at_again_every_few_seconds(driver: Checked, store: Store, now: list[float]) -> None:
    driver.result = PermissionDenied("the key is wrong")
    store.check()
    for _ in range(5):
        with pytest.raises(PermissionDenied):
            store.put("a", b"x")
    assert driver.counts["check"] == 1
    now[0] += LOOK_AGAIN
    driver.result = PermissionDenied("the clock is wrong")
    for _ in range(5):
        with pytest.raises(PermissionDenied, match="the clock is wrong"):
            store.put("a", b"x")
    assert driver.counts["check"] == 2


def test_a_store_whose_trouble_is_over_works_again_without_being_opened_anew(
    driver: Checked, store: Store, now: list[float]
) -> None:
    driver.result = PermissionDenied("the key is wrong")
    store.check()
    driver.result = ()
    now[0] += LOOK_AGAIN
    store.delete(store.put("a", b"x").location)
    assert (store.lost, store.findings) == (Capability.NONE, ())


def test_one_looks_again_and_the_others_take_what_is_known(driver: Checked, store: Store, now: list[float]) -> None:
    driver.result = PermissionDenied("the key is wrong")
    store.check()
    now[0] += LOOK_AGAIN
    looking, go = threading.Event(), threading.Event()

    def slow() -> None:
        looking.set()
        go.wait(60)

    driver.hooks["check"] = slow
    first = threading.Thread(target=lambda: store.refusal(Capability.DELETE))
    first.start()
    assert looking.wait(30)
    assert isinstance(store.refusal(Capability.DELETE), PermissionDenied)
    go.set()
    first.join(30)


def test_what_may_pass_takes_nothing_away(driver: Checked, store: Store) -> None:
    driver.result = Passing("busy")
    store.check()
    assert store.lost == Capability.NONE
    store.put("a", b"x")


def test_a_full_store_still_reads_and_deletes(driver: Checked, store: Store) -> None:
    location = store.put("a", b"x").location
    driver.result = StoreFull("no space left")
    store.check()
    with pytest.raises(StoreFull):
        store.put("b", b"x")
    assert store.stat(location).size == 1
    store.delete(location)


def test_what_a_driver_can_never_do_is_unsupported_whatever_check_finds(driver: Checked, store: Store) -> None:
    driver.capabilities &= ~Capability.DELETE
    driver.result = PermissionDenied("the key is wrong")
    store.check()
    with pytest.raises(Unsupported):
        store.delete("memory://a")
    assert store.lost == USING & ~Capability.DELETE


def test_what_a_user_may_not_do_is_not_taken_from_the_others(driver: Checked, store: Store) -> None:
    user = store.acting_as(Identity("p", "u"))
    (finding,) = user.check()
    assert finding.message == "your token has expired"
    assert store.lost == user.lost == Capability.NONE


def test_a_users_store_is_refused_what_its_parent_has_lost(driver: Checked, store: Store) -> None:
    user = store.acting_as(Identity("p", "u"))
    driver.result = PermissionDenied("the service's key is wrong")
    store.check()
    with pytest.raises(PermissionDenied, match="the service's key"):
        user.put("a", b"x")


def test_the_last_findings_are_kept_with_their_time() -> None:
    kept = Availability(look_again=3600)
    assert kept.may_look()
    assert not kept.may_look()
    kept.keep([Finding(Severity.ERROR, "x", Capability.LIST)])
    assert kept.lost == Capability.LIST
    assert not kept.may_look()
