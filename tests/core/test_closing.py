"""Closing: everything is closed, blobs before their driver, also while calls hang and when the process ends."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Self

import pytest
from orlop import Store, Stores, Unavailable
from orlop.configuration import Configuration
from orlop.driver import Blob
from orlop.drivers.memory.driver import MemoryBlob
from orlop.errors import BackendError, PermissionDenied, StoreError
from orlop.records import Identity

from tests.core.faulty import FaultyDriver, store_of
from tests.core.test_crew import wait_for

DATA = b"x" * 1000


class Attached(FaultyDriver):
    """Writes down what is closed, in which order; `detaching` holds the blobs' closing up."""

    def __init__(self, **settings: float) -> None:
        super().__init__(**{"deadline": 20, **settings})
        self.closed: list[str] = []
        self.detaching = threading.Event()
        self.detaching.set()

    def open(self, location: str) -> Blob:
        return AttachedBlob(self, self._image(location).data)

    def close(self) -> None:
        self.step("close")
        self.closed.append("driver")


class AttachedBlob(MemoryBlob):
    def __init__(self, driver: Attached, data: bytes) -> None:
        super().__init__(data)
        self._driver = driver

    def close(self) -> None:
        self._driver.detaching.wait(60)
        self._driver.closed.append("blob")


def opened(*drivers: FaultyDriver) -> Stores:
    """Stores that have been opened already."""
    stores = Stores(Configuration({}, "a", {}, None, {}))
    stores._opened = {f"store-{number}": Store(f"store-{number}", driver) for number, driver in enumerate(drivers)}
    return stores


def refusing(error: Exception) -> Attached:
    driver = Attached()

    def refuse() -> None:
        raise error

    driver.hooks["close"] = refuse
    return driver


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_store_that_cannot_be_closed_does_not_keep_the_others_open(at: int) -> None:
    drivers = [Attached(), Attached()]
    drivers.insert(at, refusing(PermissionDenied("no")))
    stores = opened(*drivers)
    with pytest.raises(PermissionDenied, match=f"store-{at}: close: no"):
        stores.close()
    assert [driver.counts["close"] for driver in drivers] == [1, 1, 1]
    stores.close()


def test_all_that_could_not_be_closed_is_told() -> None:
    with pytest.raises(StoreError) as caught:
        opened(refusing(PermissionDenied("first")), refusing(ValueError("second"))).close()
    told = str(caught.value) + "".join(caught.value.__notes__)
    assert "first" in told
    assert "second" in told


def test_a_store_is_closed_although_calls_to_it_hang() -> None:
    driver, release = Attached(deadline=0.2, hang_limit=1), threading.Event()
    store = store_of(driver)
    driver.hooks["stat"] = lambda _: release.wait(60)
    with pytest.raises(Unavailable):
        store.stat("memory://a")
    with pytest.raises(Unavailable, match="still hang"):
        store.stat("memory://a")
    store.close()
    assert driver.closed == ["driver"]
    release.set()


def test_a_close_that_hangs_ends_at_the_deadline() -> None:
    driver, release = Attached(deadline=0.2), threading.Event()
    driver.hooks["close"] = lambda: release.wait(60)
    with pytest.raises(Unavailable, match=r"within 0\.2 s"):
        store_of(driver).close()
    release.set()


def test_what_a_driver_raises_at_its_close_is_a_store_error() -> None:
    with pytest.raises(BackendError, match="OSError: socket"):
        store_of(refusing(OSError("socket"))).close()


def test_the_driver_is_closed_when_its_blobs_are() -> None:
    driver = Attached()
    store = store_of(driver)
    reader = store.open(store.put("a", DATA).location)
    driver.detaching.clear()
    closing = threading.Thread(target=reader.close)
    closing.start()
    wait_for(lambda: store._opened._closing == 1)
    ending = threading.Thread(target=store.close)
    ending.start()
    assert driver.closed == []
    driver.detaching.set()
    closing.join(30)
    ending.join(30)
    assert driver.closed == ["blob", "driver"]


def test_a_blob_whose_closing_hangs_keeps_the_driver_until_the_deadline_only() -> None:
    driver = Attached(deadline=0.2)
    store = store_of(driver)
    reader = store.open(store.put("a", DATA).location)
    driver.detaching.clear()
    reader.close()
    store.close()
    assert driver.closed == ["driver"]
    driver.detaching.set()


def test_a_fetch_that_hangs_keeps_neither_the_driver_nor_the_process() -> None:
    driver, release = Attached(), threading.Event()
    store = store_of(driver)

    class Hanging(AttachedBlob):
        def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
            yield DATA[:10]
            release.wait(60)

    driver.open = lambda location: Hanging(driver, DATA)  # type: ignore[method-assign]
    reader = store.open(store.put("a", DATA).location)
    assert reader.read(10) == DATA[:10]
    store.close()
    reader.close()
    wait_for(lambda: driver.closed == ["driver"])
    store._opened.end()
    release.set()
    wait_for(lambda: driver.closed == ["driver", "blob"])


def test_an_open_reader_keeps_its_driver_until_it_is_closed() -> None:
    driver = Attached()
    store = store_of(driver)
    with store.open(store.put("a", DATA).location) as reader:
        store.close()
        store.close()
        assert driver.closed == []
        assert reader.read() == DATA
    assert driver.closed == ["blob", "driver"]


def test_a_closed_reader_has_let_go_of_its_blob() -> None:
    """Whoever closes may rely on it: an attachment is gone when `close` has returned."""
    driver = Attached()
    store = store_of(driver)
    reader = store.open(store.put("a", DATA).location)
    driver.detaching.clear()
    threading.Timer(1.5, driver.detaching.set).start()
    reader.close()
    assert driver.closed == ["blob"]


def test_a_reader_that_nobody_closes_is_closed_without_holding_anybody_up() -> None:
    driver = Attached()
    store = store_of(driver)
    reader = store.open(store.put("a", DATA).location)
    driver.detaching.clear()
    begun = time.monotonic()
    del reader
    assert time.monotonic() - begun < 10, "the deadline is 20 s"
    driver.detaching.set()
    wait_for(lambda: driver.closed == ["blob"])


def test_an_image_whose_reader_cannot_be_made_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Attached()
    store = store_of(driver)
    location = store.put("a", DATA).location

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("orlop.reading.Digester", fail)
    with pytest.raises(MemoryError):
        store.open(location, verify=True)
    assert driver.closed == ["blob"]


class ForUsers(Attached):
    def acting_as(self, identity: Identity) -> Self:
        child = type(self)()
        child._images = self._images
        child.closed = self.closed
        child.close = lambda: self.closed.append(f"of {identity.user_id}")  # type: ignore[method-assign]
        return child


def test_stores_of_users_share_what_is_to_be_bounded_together() -> None:
    store = store_of(ForUsers())
    one, two = store.acting_as(Identity("p", "one")), store.acting_as(Identity("p", "two"))
    further = one.acting_as(Identity("p", "three"))
    for child in (one, two, further):
        assert child._calls.ration is store._calls.ration
        assert child._calls.crew is store._calls.crew
        assert child._availability is store._availability


def test_calls_that_hang_are_counted_for_all_users_together() -> None:
    driver, release = ForUsers(deadline=0.2, hang_limit=1), threading.Event()
    store = store_of(driver)
    driver.hooks["stat"] = lambda _: release.wait(60)
    with pytest.raises(Unavailable):
        store.stat("memory://a")
    with pytest.raises(Unavailable, match="still hang"):
        store.acting_as(Identity("p", "u"))
    release.set()


def test_to_close_a_users_store_closes_only_what_is_that_users() -> None:
    driver = ForUsers()
    store = store_of(driver)
    with store.acting_as(Identity("p", "one")) as child:
        location = child.put("a", DATA).location
    assert driver.closed == ["of one"]
    assert store.stat(location).size == len(DATA)
    store.close()
    assert driver.closed == ["of one", "driver"]


ENDING = """
import sys, threading
from tests.core.test_closing import Attached, DATA, store_of

driver = Attached(deadline=DEADLINE)
print_closed = lambda text: (sys.stdout.write(text + "\\n"), sys.stdout.flush())
driver.closed = type("Told", (list,), {"append": lambda self, one: print_closed(one)})()
store = store_of(driver)
reader = store.open(store.put("a", DATA).location)
assert reader.read(10) == DATA[:10]
END
"""


@pytest.mark.parametrize(
    "end",
    [
        "",
        "store.close()",
        "raise KeyboardInterrupt",
        "driver.detaching.clear(); threading.Timer(1, driver.detaching.set).start(); reader.close; store.close()",
        "import os; os.fork() or sys.exit()",
    ],
)
def test_what_is_open_when_the_process_ends_is_closed_then(end: str) -> None:
    program = ENDING.replace("DEADLINE", "20").replace("END", end)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert run.stdout.split() == ["blob", "driver"], run.stderr


def test_what_hangs_when_the_process_ends_does_not_keep_it() -> None:
    program = ENDING.replace("DEADLINE", "1").replace("END", "driver.hooks['close'] = threading.Event().wait")
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout.split()) == (0, ["blob"]), run.stderr
