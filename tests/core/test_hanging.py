"""A backend that hangs: one call is sacrificed, none is repeated, and what has begun is undone when it comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest
from orlop.cancellation import on_cancel
from orlop.crew import Crew
from orlop.driver import Blob, Upload
from orlop.drivers.memory.driver import MemoryBlob, MemoryDriver, MemoryUpload
from orlop.drivers.memory.settings import MemorySettings
from orlop.errors import Unavailable
from orlop.records import Finding, Stat
from orlop.store import Store

from tests.core.faulty import FaultyDriver, Passing, store_of, times
from tests.core.test_crew import wait_for


class Hanging(MemoryDriver):
    """A memory driver of which one call waits until it is let go."""

    def __init__(self, *, hang_limit: int = 8) -> None:
        super().__init__(MemorySettings(deadline=0.2, commit_deadline=0.2, hang_limit=hang_limit))
        self.hang = ""
        self.go = threading.Event()
        self.called: list[str] = []

    def wait(self, call: str) -> None:
        self.called.append(call)
        if call == self.hang:
            self.go.wait(60)

    def stat(self, location: str) -> Stat:
        self.wait("stat")
        return super().stat(location)

    def check(self) -> Sequence[Finding]:
        self.wait("check")
        return super().check()

    def open(self, location: str) -> Blob:
        return HangingBlob(self, super().open(location))

    def upload(self, image_id: str, size: int | None) -> Upload:
        return HangingUpload(self, image_id)


class HangingUpload(MemoryUpload):
    def __init__(self, driver: Hanging, image_id: str) -> None:
        super().__init__(driver, image_id)
        self.backend = driver
        self.aborted = threading.Event()

    def write(self, offset: int, block: bytes) -> None:
        self.backend.wait("write")
        super().write(offset, block)

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        self.backend.wait("commit")
        return super().commit(size, digests)

    def abort(self) -> None:
        super().abort()
        self.backend.called.append("abort")
        self.aborted.set()


class HangingBlob(Blob):
    def __init__(self, driver: Hanging, blob: Blob) -> None:
        assert isinstance(blob, MemoryBlob)
        self.backend, self.inner = driver, blob
        self.size = blob.size

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        self.backend.wait("read")
        return self.inner.read(start, stop)

    def close(self) -> None:
        self.backend.wait("close")


@pytest.fixture
def driver() -> Iterator[Hanging]:
    made = Hanging()
    yield made
    made.go.set()


def test_a_call_that_hangs_is_not_repeated(driver: Hanging) -> None:
    store = Store("s", driver)
    driver.hang = "stat"
    with pytest.raises(Unavailable) as caught:
        store.stat("memory://a")
    assert caught.value.hung
    assert driver.called == ["stat"]


@pytest.mark.parametrize("call", ["write", "commit"])
def test_the_abort_runs_although_the_limit_is_reached(call: str) -> None:
    driver = Hanging(hang_limit=1)
    store = Store("s", driver)
    driver.hang = call
    with pytest.raises(Unavailable):
        store.put("a", b"x" * 10)
    driver.go.set()
    for _ in range(1000):
        if "abort" in driver.called and driver._images == {}:
            break
        threading.Event().wait(0.01)
    assert "abort" in driver.called
    assert list(driver.list()) == []


def test_a_store_that_is_unavailable_lacks_nothing(driver: Hanging) -> None:
    """Or it would answer Unsupported long after it is back."""
    store = Store("s", driver)
    location = store.put("a", b"x").location
    driver.hang = "check"
    (finding,) = store.check()
    assert "no answer" in finding.message
    assert store.stat(location).size == 1


def test_too_many_that_hang_are_told_at_once() -> None:
    crew = Crew(1)
    go = threading.Event()
    with pytest.raises(Unavailable):
        crew.call(lambda: go.wait(60), seconds=0.05, name="a")
    with pytest.raises(Unavailable, match="earlier calls") as caught:
        crew.call(lambda: pytest.fail("it must not run"), seconds=60, name="b")
    assert caught.value.hung
    assert crew.call(lambda: 7, seconds=60, name="c", always=True) == 7
    go.set()


def test_a_close_that_hangs_does_not_hold_the_reader(driver: Hanging) -> None:
    store = Store("s", driver)
    location = store.put("a", b"x" * 10).location
    driver.hang = "close"
    done = threading.Event()

    def read_and_close() -> None:
        with store.open(location) as reader:
            assert reader.read() == b"x" * 10
        done.set()

    threading.Thread(target=read_and_close, daemon=True).start()
    assert done.wait(30)
    assert driver.called[-1] == "close"
    assert not driver.go.is_set()


def hanging_at_its_end(monkeypatch: pytest.MonkeyPatch, abort: Callable[[], object], seconds: float) -> Store:
    """A store whose put hangs while it writes, and is not waited for when it aborts."""
    monkeypatch.setattr("orlop.putting._GRACE", 0.05)
    driver = FaultyDriver(deadline=0.2, commit_deadline=seconds)
    released = threading.Event()
    driver.hooks |= {"write": lambda *_: released.wait(60), "abort": abort}
    store = store_of(driver)
    with pytest.raises(Unavailable) as caught:
        store.put("a", b"x" * 10)
    assert caught.value.hung
    assert "is not removed" in "".join(caught.value.__notes__)
    released.set()
    return store


def test_an_abort_that_nobody_waits_for_goes_on_undisturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connections are not shut down when the put has told its failure: it would leave everything behind."""
    cut, behind, ended = threading.Event(), threading.Event(), threading.Event()

    def abort() -> None:
        with on_cancel(cut.set):
            behind.wait(60)
        ended.set()

    store = hanging_at_its_end(monkeypatch, abort, 60)
    assert not cut.is_set()
    behind.set()
    assert ended.wait(30)
    assert not cut.is_set()
    wait_for(lambda: store._calls.crew.hung == 0)


def test_an_abort_that_nobody_waits_for_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    behind, ended = threading.Event(), threading.Event()
    failing = times(1, Passing("busy"))

    def abort() -> None:
        behind.wait(60)
        failing()
        ended.set()

    hanging_at_its_end(monkeypatch, abort, 60)
    behind.set()
    assert ended.wait(30)


def test_an_abort_that_nobody_waits_for_is_cancelled_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    cut = threading.Event()

    def abort() -> None:
        with on_cancel(cut.set):
            cut.wait(60)

    store = hanging_at_its_end(monkeypatch, abort, 1.0)
    assert cut.wait(30)
    wait_for(lambda: store._calls.crew.hung == 0)
