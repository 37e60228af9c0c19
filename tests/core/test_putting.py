"""The write path: what is stored, and that nothing is when anything goes wrong."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orlop import (
    AlreadyExists,
    BackendError,
    Event,
    InvalidLocation,
    Kind,
    Mismatch,
    Store,
    StoreFull,
    Unavailable,
    Unsupported,
)
from orlop.ration import CROWD
from orlop.transfer import solid_pieces

from tests.core.faulty import FaultyDriver, Full, Passing, store_of, times

DATA = bytes(range(256))[:95]
SHA = hashlib.sha256(DATA).hexdigest()


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("orlop-")}


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    until = time.monotonic() + 20
    while threads() and time.monotonic() < until:
        time.sleep(0.01)
    assert not threads()


def read(store: Store, location: str) -> bytes:
    with store.open(location) as reader:
        return reader.read()


@pytest.mark.parametrize("length", [0, 1, 9, 10, 11, 95])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("lanes", [1, 4])
def test_what_is_put_is_stored(driver: FaultyDriver, store: Store, length: int, known: bool, lanes: int) -> None:
    driver.lanes = lanes
    data = DATA[:length]
    receipt = store.put(
        "a", iter([data[:7], b"", data[7:]]), size=length if known else None, digests=("md5", "SHA-512")
    )
    assert receipt.size == length
    assert receipt.store == "faulty"
    assert receipt.digests == {"md5": hashlib.md5(data).hexdigest(), "sha512": hashlib.sha512(data).hexdigest()}
    assert read(store, receipt.location) == data
    assert store.stat(receipt.location).digests == receipt.digests
    assert driver.counts["abort"] == 0


def test_the_default_digest_is_kept(store: Store) -> None:
    receipt = store.put("a", DATA)
    assert receipt.digests == {"sha256": SHA}
    assert store.verify(receipt.location) == {"sha256": SHA}


def test_no_digest_at_all(store: Store) -> None:
    receipt = store.put("a", DATA, digests=())
    assert receipt.digests == {}
    with pytest.raises(Unsupported, match="no digest is kept"):
        store.verify(receipt.location)


class Refusing:
    """A verifier that says no, at the end or in the middle."""

    def __init__(self, *, in_the_middle: bool = False, fine: bool = False) -> None:
        self.seen = b""
        self._middle, self._fine = in_the_middle, fine

    def update(self, data: bytes, /) -> None:
        self.seen += data
        if self._middle and len(self.seen) > 30:
            raise PermissionError("bad in the middle")

    def verify(self) -> None:
        if not self._fine:
            raise PermissionError("bad at the end")


def broken_source(error: BaseException) -> Iterator[bytes]:
    yield DATA[:50]
    raise error


FAILURES: dict[str, tuple[Callable[[], dict[str, Any]], type[BaseException], str]] = {
    "long": (lambda: {"source": DATA, "size": 94}, Mismatch, "more than the 94 bytes"),
    "short": (lambda: {"source": DATA, "size": 96}, Mismatch, "ended after 95 of the 96"),
    "wrong digest": (lambda: {"source": DATA, "expect": {"sha256": "0" * 64}}, Mismatch, "expected was 000"),
    "no such digest value": (lambda: {"source": DATA, "expect": {"md5": "0" * 64}}, Mismatch, "32 hexadecimal"),
    "no such digest": (lambda: {"source": DATA, "digests": ["crc99"]}, Unsupported, "no digest algorithm 'crc99'"),
    "digest without length": (lambda: {"source": DATA, "digests": ["shake_128"]}, Unsupported, "shake_128"),
    "verifier": (lambda: {"source": DATA, "verifiers": [Refusing()]}, PermissionError, "at the end"),
    "verifier early": (
        lambda: {"source": DATA, "verifiers": [Refusing(in_the_middle=True)]},
        PermissionError,
        "middle",
    ),
    "source": (lambda: {"source": broken_source(OSError(28, "No space"))}, OSError, "No space"),
    "interrupt": (lambda: {"source": broken_source(KeyboardInterrupt())}, KeyboardInterrupt, "^$"),
    "text": (lambda: {"source": iter(["text"])}, TypeError, "text mode"),
    "listener": (lambda: {"source": DATA, "on_event": lambda _: 1 // 0}, ZeroDivisionError, "division"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_leaves_nothing(driver: FaultyDriver, store: Store, name: str) -> None:
    arguments, kind, words = FAILURES[name]
    with pytest.raises(kind, match=words):
        store.put("a", **arguments())
    assert driver.ids == set()
    assert driver.counts["abort"] == driver.counts["upload"]
    assert store.put("a", DATA).size == 95


def test_every_verifier_sees_every_byte(store: Store) -> None:
    verifiers = [Refusing(fine=True), Refusing(fine=True)]
    store.put("a", DATA, verifiers=verifiers)
    assert [one.seen for one in verifiers] == [DATA, DATA]


@pytest.mark.parametrize("error", [KeyError("own"), OSError(13, "own"), SystemExit(3)])
def test_an_error_of_the_source_is_raised_as_it_is(store: Store, error: BaseException) -> None:
    with pytest.raises(type(error)) as caught:
        store.put("a", broken_source(error))
    assert caught.value is error


def test_an_existing_image_is_not_touched(driver: FaultyDriver, store: Store) -> None:
    location = store.put("a", DATA).location
    with pytest.raises(AlreadyExists, match="faulty: put a: there is"):
        store.put("a", b"other")
    assert read(store, location) == DATA


def test_of_many_puts_of_one_id_one_wins(driver: FaultyDriver, store: Store) -> None:
    barrier = threading.Barrier(12)
    outcomes: list[tuple[int, str | None]] = []

    def put(number: int) -> None:
        def source() -> Iterator[bytes]:
            yield bytes([number]) * 50
            barrier.wait(20)  # everyone is in the middle
            yield bytes([number]) * 45

        try:
            outcomes.append((number, store.put("a", source()).location))
        except AlreadyExists:
            outcomes.append((number, None))

    putters = [threading.Thread(target=put, args=(number,)) for number in range(12)]
    for one in putters:
        one.start()
    for one in putters:
        one.join()
    winners = [(number, location) for number, location in outcomes if location]
    assert len(winners) == 1
    assert len(outcomes) == 12
    assert read(store, winners[0][1]) == bytes([winners[0][0]]) * 95


@pytest.mark.parametrize("image_id", ["", "../a", "a/b", ".a", "a\0"])
def test_ids_that_could_name_something_else_are_refused(driver: FaultyDriver, store: Store, image_id: str) -> None:
    with pytest.raises(InvalidLocation, match="an image id"):
        store.put(image_id, DATA)
    with pytest.raises(InvalidLocation, match="an image id"):
        store.locate(image_id)
    assert driver.counts["upload"] == 0


@pytest.mark.parametrize("lanes", [1, 3])
def test_a_block_is_retried_alone(driver: FaultyDriver, store: Store, lanes: int) -> None:
    driver.lanes = lanes
    failed: set[int] = set()

    def write(offset: int, block: bytes) -> None:
        if offset in {20, 50, 90} and offset not in failed:
            failed.add(offset)
            raise Passing("busy")

    driver.hooks["write"] = write
    events: list[Event] = []
    receipt = store.put("a", DATA, on_event=events.append)
    assert read(store, receipt.location) == DATA
    assert driver.counts["write"] == 10 + 3
    retries = [event for event in events if event.kind is Kind.RETRY]
    assert [str(event.error) for event in retries] == ["faulty: put a: busy"] * 3


@pytest.mark.parametrize("lanes", [1, 3])
def test_a_block_is_not_retried_for_ever(driver: FaultyDriver, store: Store, lanes: int) -> None:
    driver.lanes = lanes
    driver.hooks["write"] = times(10**6, Passing("busy"))
    with pytest.raises(Unavailable, match="faulty: put a: busy") as caught:
        store.put("a", DATA)
    assert isinstance(caught.value.__cause__, Passing)
    assert driver.counts["write"] <= 3 * lanes
    assert driver.ids == set()


def test_what_cannot_pass_is_not_retried(driver: FaultyDriver, store: Store) -> None:
    driver.hooks["write"] = times(10**6, Full("full"))
    with pytest.raises(StoreFull):
        store.put("a", DATA)
    assert driver.counts["write"] == 1


@pytest.mark.parametrize("step", ["upload", "write", "commit"])
@pytest.mark.parametrize("error", [Full("full"), RuntimeError("a bug")])
def test_each_step_may_fail(driver: FaultyDriver, store: Store, step: str, error: Exception) -> None:
    driver.hooks[step] = times(1, error)
    with pytest.raises(StoreFull if isinstance(error, Full) else BackendError) as caught:
        store.put("a", DATA)
    assert caught.value.__cause__ is error
    assert driver.ids == set()
    assert driver.counts["abort"] == (0 if step == "upload" else 1)


def test_a_failing_abort_is_noted_on_the_first_error(driver: FaultyDriver, store: Store) -> None:
    driver.hooks["abort"] = times(1, Full("abort fails"))
    with pytest.raises(Mismatch) as caught:
        store.put("a", DATA, size=3)
    assert "abort fails" in "".join(caught.value.__notes__)


def test_a_listener_that_fails_at_the_abort_is_not_taken_for_a_leftover(store: Store) -> None:
    def listen(event: Event) -> None:
        if event.kind is Kind.ABORTED:
            raise RuntimeError("deaf")

    with pytest.raises(Mismatch) as caught:
        store.put("a", DATA, size=3, on_event=listen)
    assert caught.value.__notes__ == ["on_event failed when it was told of the abort: RuntimeError('deaf')"]


@pytest.mark.parametrize("step", ["upload", "write", "commit"])
def test_each_step_may_hang(step: str) -> None:
    driver = FaultyDriver(deadline=1, commit_deadline=1)
    store = store_of(driver)
    release = threading.Event()
    driver.hooks[step] = lambda *_: release.wait()
    with pytest.raises(Unavailable, match=r"within 1 s"):
        store.put("a", DATA)
    release.set()
    until = time.monotonic() + 20
    while threads() and time.monotonic() < until:
        time.sleep(0.01)
    assert driver.ids == set(), "a late success is undone"
    driver.hooks.clear()
    store.put("a", DATA)


def test_a_hanging_write_does_not_need_a_further_block_to_be_noticed() -> None:
    driver = FaultyDriver(deadline=1, commit_deadline=1)
    release = threading.Event()
    driver.hooks["write"] = lambda *_: release.wait()
    with pytest.raises(Unavailable):
        store_of(driver).put("a", b"one block")
    release.set()


def test_blocks_in_flight_are_bounded(driver: FaultyDriver, store: Store) -> None:
    """While no write ends, the source is read for the lanes, one waiting block and those in the digests' hands."""
    driver.lanes = 3
    release = threading.Event()
    driver.hooks["write"] = lambda *_: release.wait()
    given: list[int] = []

    def source() -> Iterator[bytes]:
        for number in range(100):
            given.append(number)
            if number == 30:
                raise AssertionError("the source is read without bound")
            yield bytes(10)

    threading.Timer(1.0, release.set).start()
    with pytest.raises(AssertionError, match="without bound"):
        store.put("a", source())
    # It went on to block 30 only once the writes were released; before that it stood still.
    release.clear()
    given.clear()
    seen: list[int] = []
    threading.Timer(0.7, lambda: seen.append(len(given))).start()
    threading.Timer(1.0, release.set).start()
    with pytest.raises(AssertionError, match="without bound"):
        store.put("a", source())
    assert seen
    assert seen[0] <= driver.lanes + 2


def test_grown_blocks_are_fewer_in_flight(driver: FaultyDriver, store: Store) -> None:
    """Blocks of 10 bytes grow to 25: of 40 bytes in flight four become one, and one that is larger still goes alone."""
    driver.lanes = 4
    driver.grown = {100: 25, 200: 60}
    lock, under_way = threading.Lock(), 0
    most: dict[int, int] = {}

    def write(_: int, block: bytes) -> None:
        nonlocal under_way
        with lock:
            under_way += len(block)
            most[len(block)] = max(most.get(len(block), 0), under_way)
        time.sleep(0.005)
        with lock:
            under_way -= len(block)

    driver.hooks["write"] = write
    data = bytes(range(250)) * 4
    assert read(store, store.put("a", data).location) == data
    assert most[10] <= 40
    assert most[25] <= 40
    assert most[60] <= 60
    assert sorted(most) == [10, 20, 25, 60]  # 13 of 60 from 200 on, and 20 at the end


def test_many_at_once_share_what_is_in_flight(driver: FaultyDriver, store: Store) -> None:
    """16 uploads with 8 lanes each: every one may have a block in flight, and all together as many as `CROWD` alone."""
    driver.lanes = 8
    store._calls.ration.least = 0
    change, under_way, most = threading.Condition(), 0, 0

    def write(_: int, block: bytes) -> None:
        nonlocal under_way, most
        with change:
            under_way += len(block)
            most = max(most, under_way)
            change.notify_all()
            change.wait_for(lambda: most >= 16 * 10, timeout=30)  # nobody ends before each of them has begun
        time.sleep(0.005)
        with change:
            under_way -= len(block)

    driver.hooks["write"] = write
    with ThreadPoolExecutor(16) as threads:
        done = [threads.submit(store.put, f"image-{number}", bytes(400)) for number in range(16)]
    assert {one.result().size for one in done} == {400}
    assert 16 * 10 <= most <= (16 + CROWD * 8) * 10


@settings(deadline=None)
@given(
    pieces=st.lists(st.sampled_from([b"\0" * 4, b"\0" * 3 + b"x", b"abcd", b"\0" * 2]), max_size=12),
    grain=st.sampled_from([0, 2, 4, 8]),
)
def test_holes_are_exactly_the_zero_grains(pieces: list[bytes], grain: int) -> None:
    block = b"".join(pieces) or b"x"
    rebuilt = bytearray(len(block))
    written = 0
    for offset, piece in solid_pieces(block, grain):
        assert piece
        assert offset % (grain or 1) == 0
        rebuilt[offset : offset + len(piece)] = piece
        written += len(piece)
    assert rebuilt == block
    if grain:
        zero_grains = [block[at : at + grain] for at in range(0, len(block), grain)]
        assert written == sum(len(one) for one in zero_grains if one.strip(b"\0"))


def test_zero_blocks_are_not_written_where_holes_are_possible(driver: FaultyDriver, store: Store) -> None:
    driver.grain = 5
    driver.hooks["write"] = lambda offset, block: written.append((offset, bytes(block)))
    written: list[tuple[int, bytes]] = []
    driver.hooks["commit"] = times(1, Full("enough seen"))
    with pytest.raises(StoreFull):
        store.put("a", bytes(10) + b"abcde" + bytes(5) + bytes(10) + b"z")
    assert written == [(10, b"abcde"), (30, b"z")]


def test_events_tell_the_story(store: Store) -> None:
    events: list[Event] = []
    store.put("a", DATA, size=95, on_event=events.append)
    assert [event.kind for event in events] == [Kind.STARTED, *[Kind.PROGRESS] * 10, Kind.COMMITTED]
    assert [event.done for event in events][-2:] == [95, 95]
    assert {event.total for event in events} == {95}
    events.clear()
    with pytest.raises(Mismatch):
        store.put("b", DATA, size=5, on_event=events.append)
    assert events[-1].kind is Kind.ABORTED
    assert isinstance(events[-1].error, Mismatch)


def test_a_store_that_cannot_write_says_so(driver: FaultyDriver, store: Store) -> None:
    from orlop import Capability

    driver.capabilities &= ~(Capability.WRITE_ACCESS | Capability.DELETE | Capability.LIST | Capability.SPACE)
    for call in (
        lambda: store.put("a", DATA),
        lambda: store.delete("memory://a"),
        lambda: store.list(),
        lambda: store.space(),
    ):
        with pytest.raises(Unsupported, match="cannot do this"):
            call()


def test_a_beginning_is_tried_again(driver: FaultyDriver, store: Store) -> None:
    driver.hooks["upload"] = times(1, Passing("busy"))
    assert store.put("a", DATA).size == len(DATA)
    assert driver.counts["upload"] == 2


def test_a_commit_is_tried_again_where_it_may_be(driver: FaultyDriver, store: Store) -> None:
    driver.hooks["commit"] = times(1, Passing("busy"))
    with pytest.raises(Unavailable):
        store.put("a", DATA)
    assert driver.counts["commit"] == 1
    driver.hooks["commit"] = times(1, Passing("busy"))
    driver.repeatable_commit = True
    assert store.put("a", DATA).size == len(DATA)
    assert driver.counts["commit"] == 3
    assert driver.ids == {"a"}


def test_an_abort_is_tried_again(driver: FaultyDriver, store: Store) -> None:
    driver.hooks["abort"] = times(1, Passing("busy"))
    driver.hooks["commit"] = times(1, Full("no room"))
    with pytest.raises(StoreFull) as caught:
        store.put("a", DATA)
    assert not hasattr(caught.value, "__notes__")
    assert driver.counts["abort"] == 2
    assert driver.ids == set()
