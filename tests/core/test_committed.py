"""After the commit: a receipt says that the image is there, and what is raised says that it is not."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest
from orlop import Event, Kind, Store, Unavailable
from orlop.errors import AlreadyExists

from tests.core.faulty import FaultyDriver, Passing, store_of, times
from tests.core.test_crew import wait_for

DATA = b"0123456789" * 3


def raising_at(kind: Kind, error: BaseException) -> Any:
    def listen(event: Event) -> None:
        if event.kind is kind:
            raise error

    return listen


def test_a_listener_that_fails_at_the_end_does_not_deny_the_image(
    driver: FaultyDriver, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "orlop"):
        receipt = store.put("a", DATA, on_event=raising_at(Kind.COMMITTED, RuntimeError("deaf")))
    assert driver.ids == {"a"}
    assert receipt.size == len(DATA)
    assert "memory://a is stored, but on_event failed" in caplog.text
    assert driver.counts["abort"] == 0


@pytest.mark.parametrize("error", [OSError("the control plane is down"), KeyError("share"), Unavailable("busy")])
def test_metadata_that_cannot_be_had_do_not_deny_the_image(
    driver: FaultyDriver, store: Store, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def metadata(location: str) -> Mapping[str, Any]:
        raise error

    driver.metadata = metadata  # type: ignore[method-assign]
    with caplog.at_level(logging.WARNING, "orlop"):
        receipt = store.put("a", DATA)
    assert driver.ids == {"a"}
    assert receipt.metadata == {}
    assert "its metadata are not known" in caplog.text


def test_metadata_that_hang_do_not_hold_the_put() -> None:
    driver, release = FaultyDriver(deadline=0.2), threading.Event()

    def metadata(location: str) -> Mapping[str, Any]:
        release.wait(60)
        return {"too": "late"}

    driver.metadata = metadata  # type: ignore[method-assign]
    receipt = store_of(driver).put("a", DATA)
    release.set()
    assert (driver.ids, receipt.metadata) == ({"a"}, {})


def test_a_source_that_cannot_be_closed_does_not_deny_the_copy(driver: FaultyDriver, store: Store) -> None:
    location = store.put("a", DATA).location
    driver.hooks["close_blob"] = times(1, RuntimeError("gone"))
    assert store.copy(location, store, "b").size == len(DATA)
    assert driver.ids == {"a", "b"}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_what_breaks_a_put_off_after_the_commit_takes_the_image_away(
    driver: FaultyDriver, store: Store, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        store.put("a", DATA, on_event=raising_at(Kind.COMMITTED, error))
    assert driver.ids == set()


def test_a_put_broken_off_takes_only_its_own_image_away(driver: FaultyDriver, store: Store) -> None:
    other = store_of(driver)

    def listen(event: Event) -> None:
        if event.kind is Kind.COMMITTED:
            other.delete("memory://a")
            other.put("a", b"another one's")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.put("a", DATA, on_event=listen)
    with store.open("memory://a") as reader:
        assert reader.read() == b"another one's"


def test_a_commit_whose_answer_does_not_come_is_looked_for_until_its_deadline() -> None:
    """The backend goes on with it: the image appears between two looks, long after `retry_seconds`."""
    driver = FaultyDriver(attempts=50, retry_seconds=0, commit_deadline=20)
    driver.repeatable_commit = True
    driver.hooks["commit"] = times(4, Passing("the answer has not come yet"))
    store_of(driver).put("a", DATA)
    assert driver.ids == {"a"}
    assert (driver.counts["commit"], driver.counts["abort"]) == (5, 0)


def test_a_commit_that_does_not_come_to_an_end_is_aborted_after_its_deadline() -> None:
    driver = FaultyDriver(attempts=100, commit_deadline=1.5)
    driver.repeatable_commit = True

    def slow(*_: Any) -> None:
        time.sleep(0.05)
        raise Passing("the answer has not come yet")

    driver.hooks["commit"] = slow
    with pytest.raises(Unavailable):
        store_of(driver).put("a", DATA)
    assert driver.counts["abort"] == 1
    assert driver.counts["commit"] > 1


def test_a_commit_that_hung_and_succeeds_late_takes_away_its_own_image_only() -> None:
    """Another image of the id may be there by then: the commit fails on it, and the late abort leaves it alone."""
    driver, release = FaultyDriver(deadline=20, commit_deadline=1.5), threading.Event()
    store, other = store_of(driver), store_of(driver)
    driver.hooks["commit"] = lambda *_: release.wait(60)
    with pytest.raises(Unavailable, match=r"within 1\.5 s"):
        store.put("a", DATA)
    driver.hooks.clear()
    other.put("a", b"another one's")
    release.set()
    wait_for(lambda: store._calls.crew.hung == 0)
    with other.open("memory://a") as reader:
        assert reader.read() == b"another one's"
    with pytest.raises(AlreadyExists):
        store.put("a", DATA)
