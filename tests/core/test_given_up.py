"""What nobody waits for any more: it is cancelled, nothing of it is kept, and it takes nothing from the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from orlop import Store, Unavailable
from orlop.cancellation import on_cancel
from orlop.driver import Blob
from orlop.drivers.memory.driver import MemoryBlob
from orlop.location import without_secrets
from orlop.records import Stat

from tests.core.faulty import FaultyDriver, Passing, store_of
from tests.core.test_crew import wait_for

DATA = b"x" * 1000


def threads(name: str) -> int:
    return sum(thread.name.startswith(f"orlop-{name}") for thread in threading.enumerate())


class Streamed(MemoryBlob):
    """A blob whose bytes come as the test says."""

    def __init__(self, pieces: Callable[[], Iterator[bytes]], size: int | None) -> None:
        super().__init__(b"")
        self.size = size
        self.pieces = pieces

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        return self.pieces()


def streaming(pieces: Callable[[], Iterator[bytes]], size: int | None = 10**9, **settings: float) -> Store:
    driver = FaultyDriver(**settings)
    driver.open = lambda location: Streamed(pieces, size)  # type: ignore[method-assign]
    return store_of(driver)


def test_to_close_a_reader_ends_the_fetch_that_it_has_under_way() -> None:
    silent = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield DATA
        with on_cancel(silent.set):
            silent.wait(60)
        raise Passing("the socket was shut down")

    store = streaming(pieces, deadline=20)
    with store.open("memory://a") as reader:
        assert reader.read(10) == DATA[:10]
        assert threads("read") == 1
    assert silent.is_set()
    wait_for(lambda: threads("read") == 0)


def test_a_fetch_that_was_given_up_is_ended_and_its_bytes_are_not_kept() -> None:
    silent = threading.Event()

    def pieces() -> Iterator[bytes]:
        with on_cancel(silent.set):
            silent.wait(60)
        while True:
            yield DATA

    store = streaming(pieces, deadline=0.2)
    reader = store.open("memory://a")
    with pytest.raises(Unavailable, match="no bytes have come"):
        reader.read(1)
    wait_for(lambda: threads("read") == 0)
    assert store._calls.crew.hung == 0
    reader.close()


def test_a_server_that_sends_nothing_for_ever_does_not_outlive_its_reader() -> None:
    """Empty pieces: nothing is kept of them, and nothing waits for room."""

    def pieces() -> Iterator[bytes]:
        yield DATA
        while True:
            yield b""

    store = streaming(pieces, size=None, deadline=20)
    with store.open("memory://a") as reader:
        assert reader.read1() == DATA
    wait_for(lambda: threads("read") == 0)


def test_readers_that_leave_hanging_fetches_behind_are_bounded() -> None:
    """Closing is no way round the limit of calls that hang."""
    release = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield DATA
        release.wait(60)

    store = streaming(pieces, deadline=20, hang_limit=2)
    for number in (1, 2):
        with store.open("memory://a") as reader:
            reader.read(10)
        wait_for(lambda number=number: store._calls.crew.hung == number)  # type: ignore[misc]
    with pytest.raises(Unavailable, match="still hang"):
        store.open("memory://a")
    release.set()
    wait_for(lambda: store._calls.crew.hung == 0)


def test_a_put_that_fails_does_not_wait_for_a_try_that_will_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = FaultyDriver(deadline=50, retry_seconds=3600)
    sleeping, release = threading.Event(), threading.Event()

    def sleep(_: float) -> None:
        sleeping.set()
        release.wait(60)

    def busy(*_: object) -> None:
        raise Passing("come again in an hour")

    def source() -> Iterator[bytes]:
        yield DATA[:10]
        assert sleeping.wait(30)
        raise EOFError("the source has ended")

    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=sleep))
    driver.hooks["write"] = busy
    ended = threading.Event()

    def put() -> None:
        with pytest.raises(EOFError):
            store_of(driver).put("a", source())
        ended.set()

    threading.Thread(target=put, daemon=True).start()
    assert ended.wait(30)
    assert driver.counts["abort"] == 1
    del driver.hooks["write"]
    release.set()
    wait_for(lambda: threads("lane") == 0)
    assert driver.counts["write"] == 1, "what was waiting has not written after the abort"


def test_the_wait_for_the_next_try_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may ask for more time than a call may take."""
    failing, waited, go = [True], threading.Event(), threading.Event()

    def sleep(_: float) -> None:
        waited.set()
        go.wait(60)

    def pieces() -> Iterator[bytes]:
        if failing.pop() if failing else False:
            raise Passing("come again later")
        yield DATA

    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=sleep))
    store = streaming(pieces, size=len(DATA), deadline=1.0)
    got: list[bytes] = []
    with store.open("memory://a") as reader:
        reading = threading.Thread(target=lambda: got.append(reader.read()))
        reading.start()
        assert waited.wait(30)
        reading.join(2.0)  # more than the deadline
        go.set()
        reading.join(30)
    assert got == [DATA]


class Web(FaultyDriver):
    """One store, many servers; those that hang are in `dead`."""

    schemes = ("web",)

    def __init__(self, **settings: float) -> None:
        super().__init__(**settings)
        self.release = threading.Event()
        self.dead = "dead.example"

    def server_of(self, location: str) -> str:
        return location.split("/")[2]

    def stat(self, location: str) -> Stat:
        if self.server_of(location) == self.dead:
            self.release.wait(60)
        return Stat(location, 1)

    def open(self, location: str) -> Blob:
        def pieces() -> Iterator[bytes]:
            if self.server_of(location) == self.dead:
                self.release.wait(60)
            yield DATA

        return Streamed(pieces, len(DATA))


@pytest.mark.parametrize("by", ["stat", "reading"])
def test_one_server_that_hangs_does_not_take_the_others_away(by: str) -> None:
    driver = Web(deadline=1.5, hang_limit=2, attempts=1)
    store = store_of(driver)

    def use(location: str) -> None:
        if by == "stat":
            store.stat(location)
            return
        with store.open(location) as reader:
            reader.read()

    for _ in range(2):
        with pytest.raises(Unavailable):
            use("web://dead.example/a")
    with pytest.raises(Unavailable, match=r"calls to the server dead\.example still hang"):
        use("web://dead.example/a")
    use("web://alive.example/a")
    driver.release.set()
    wait_for(lambda: store._calls.crew.hung == 0)


def test_a_location_that_has_no_server_is_told_by_the_call_itself() -> None:
    driver = Web(deadline=20)

    def confused(location: str) -> str:
        raise IndexError(location)

    driver.server_of = confused  # type: ignore[method-assign]
    with pytest.raises(Unavailable, match="gone"):
        driver.stat = lambda location: (_ for _ in ()).throw(Unavailable("gone"))  # type: ignore[method-assign]
        Store("s", driver).stat("web://x")


def test_a_location_with_half_a_character_is_no_location(store: Store) -> None:
    for call in (store.stat, store.open, store.delete):
        with pytest.raises(Exception, match="lone surrogates") as caught:
            call("memory://a\udcff")
        assert caught.value.location == without_secrets(ascii("memory://a\udcff"))  # type: ignore[attr-defined]
        str(caught.value).encode()
