"""The read path: ranges, continuation, counting, verification, and letting go."""

from __future__ import annotations

import hashlib
import io
import shutil
import threading
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orlop import Capability, ImageReader, InvalidLocation, Mismatch, NotFound, Store, Unavailable, Unsupported

from tests.core.faulty import FaultyDriver, Full, Passing, store_of, times

DATA = bytes(range(256))[:95]


@pytest.fixture
def location(store: Store) -> str:
    return store.put("a", DATA).location


def test_the_whole(store: Store, location: str) -> None:
    with store.open(location) as reader:
        assert isinstance(reader, io.BufferedIOBase)
        assert reader.readable()
        assert not reader.writable()
        assert reader.size == 95
        assert reader.read() == DATA
        assert reader.read() == b""
        assert reader.read(5) == b""
    assert reader.closed


@pytest.mark.parametrize("lanes", [1, 3])
@given(start=st.integers(0, 120), length=st.one_of(st.none(), st.integers(0, 120)))
@settings(max_examples=40, deadline=None)
def test_ranges(lanes: int, start: int, length: int | None) -> None:
    driver = FaultyDriver()
    driver.read_lanes = lanes
    store = store_of(driver)
    location = store.put("a", DATA).location
    stop = None if length is None else start + length
    with store.open(location, start, stop) as reader:
        expected = DATA[start:stop]
        assert reader.size == len(expected)
        assert reader.read() == expected


@given(
    steps=st.lists(
        st.one_of(
            st.integers(0, 40).map(lambda n: ("read", n)),
            st.integers(0, 110).map(lambda n: ("seek", n)),
            st.integers(0, 30).map(lambda n: ("into", n)),
            st.integers(1, 30).map(lambda n: ("read1", n)),
        ),
        max_size=12,
    )
)
@settings(max_examples=60, deadline=None)
def test_it_behaves_like_any_binary_file(steps: list[tuple[str, int]]) -> None:
    store = store_of(FaultyDriver())
    location = store.put("a", DATA).location
    model = io.BytesIO(DATA[5:90])
    with store.open(location, 5, 90) as reader:
        for what, number in steps:
            if what == "read":
                assert reader.read(number) == model.read(number)
            elif what == "seek":
                assert reader.seek(number) == model.seek(number)
            elif what == "into":
                buffer, other = bytearray(number), bytearray(number)
                assert reader.readinto(buffer) == model.readinto(other)
                assert buffer == other
            else:
                piece = reader.read1(number)
                assert len(piece) <= number
                assert model.read(len(piece)) == piece
                assert piece or model.read(1) == b""
            assert reader.tell() == model.tell()


def test_seek_from_here_and_from_the_end(store: Store, location: str) -> None:
    with store.open(location) as reader:
        assert reader.seekable()
        assert reader.seek(-5, io.SEEK_END) == 90
        assert reader.read() == DATA[-5:]
        assert reader.seek(-3, io.SEEK_CUR) == 92
        assert reader.read() == DATA[-3:]
        with pytest.raises(ValueError, match="before the start"):
            reader.seek(-1)


def test_a_short_step_forward_fetches_nothing_anew(driver: FaultyDriver, store: Store, location: str) -> None:
    with store.open(location) as reader:
        reader.read(2)
        reader.seek(5)
        assert reader.read(5) == DATA[5:10]
        assert driver.counts["read"] == 1
        reader.seek(50)
        assert reader.read(5) == DATA[50:55]
        assert driver.counts["read"] == 2


def test_iterating_gives_pieces(store: Store, location: str) -> None:
    with store.open(location) as reader:
        assert [len(piece) for piece in reader] == [10] * 9 + [5]
    out = io.BytesIO()
    with store.open(location) as reader:
        shutil.copyfileobj(reader, out)
    assert out.getvalue() == DATA


def test_read_all_of_zero_bytes(store: Store) -> None:
    with store.open(store.put("empty", b"").location, verify=True) as reader:
        assert reader.read(0) == b""
        assert reader.read() == b""


def test_a_closed_reader_is_closed(store: Store, location: str) -> None:
    reader = store.open(location)
    reader.close()
    reader.close()
    with pytest.raises(ValueError, match="closed"):
        reader.read()


@pytest.mark.parametrize(("start", "stop"), [(-1, None), (5, 4), (-5, -1)])
def test_what_is_no_range(store: Store, location: str, start: int, stop: int | None) -> None:
    with pytest.raises(ValueError, match="no range"):
        store.open(location, start, stop)
    with pytest.raises(ValueError, match="whole image"):
        store.open(location, 5, verify=True)


@pytest.mark.parametrize("lanes", [1, 3])
def test_a_broken_connection_is_continued(driver: FaultyDriver, store: Store, location: str, lanes: int) -> None:
    driver.read_lanes = lanes
    broken: set[int] = set()

    def piece(at: int, data: bytes) -> bytes:
        if at in {20, 60} and at not in broken:
            broken.add(at)
            raise Passing("cut")
        return data

    driver.hooks["piece"] = piece
    assert b"".join(store.open(location, verify=True)) == DATA
    assert broken == {20, 60}


def test_progress_counts_the_tries_anew(driver: FaultyDriver, store: Store, location: str) -> None:
    broken: set[int] = set()

    def piece(at: int, data: bytes) -> bytes:
        if at not in broken:
            broken.add(at)
            raise Passing("cut")
        return data

    driver.hooks["piece"] = piece  # ten cuts, three tries
    assert b"".join(store.open(location)) == DATA


@pytest.mark.parametrize("lanes", [1, 3])
def test_a_broken_connection_is_not_continued_for_ever(
    driver: FaultyDriver, store: Store, location: str, lanes: int
) -> None:
    driver.read_lanes = lanes
    driver.hooks["piece"] = lambda at, data: data if at < 30 else times(1, Passing("cut"))()
    with store.open(location) as reader:
        assert reader.read(30) == DATA[:30]
        with pytest.raises(Unavailable, match="faulty: read memory://a: cut") as caught:
            reader.read(1)
        assert isinstance(caught.value.__cause__, Passing)
        with pytest.raises(Unavailable):
            reader.read(1)


def test_without_ranges_a_broken_connection_stays_broken(driver: FaultyDriver, store: Store, location: str) -> None:
    driver.capabilities &= ~Capability.READ_OFFSET
    driver.hooks["piece"] = lambda at, data: data if at != 30 else times(1, Passing("cut"))()
    with store.open(location) as reader:
        assert not reader.seekable()
        with pytest.raises(io.UnsupportedOperation):
            reader.seek(0)
        with pytest.raises(Unavailable, match="cut"):
            reader.read()
    assert driver.counts["read"] == 1
    with pytest.raises(Unsupported, match="READ_OFFSET"):
        store.open(location, 5)
    driver.capabilities &= ~Capability.READ_CHUNK
    with pytest.raises(Unsupported, match="READ_CHUNK"):
        store.open(location, 0, 5)


def test_a_permanent_error_is_not_retried(driver: FaultyDriver, store: Store, location: str) -> None:
    driver.hooks["read"] = times(10, Full("broken"))
    with store.open(location) as reader, pytest.raises(Exception, match="broken"):
        reader.read()
    assert driver.counts["read"] == 1


@pytest.mark.parametrize("lanes", [1, 3])
def test_a_short_image_is_an_error(driver: FaultyDriver, store: Store, location: str, lanes: int) -> None:
    driver.read_lanes = lanes
    driver.hooks["piece"] = lambda at, data: data if at < 60 else b""
    with store.open(location) as reader, pytest.raises(Mismatch, match="ends after 60 bytes"):
        reader.read()


def test_a_longer_image_is_an_error(driver: FaultyDriver, store: Store, location: str) -> None:
    driver.hooks["piece"] = lambda at, data: data + b"x"
    with store.open(location) as reader, pytest.raises(Mismatch, match="gives more than the 95"):
        reader.read()


def test_a_size_that_nobody_knows(driver: FaultyDriver, store: Store, location: str) -> None:
    driver.size_unknown = True
    with store.open(location) as reader:
        assert reader.size is None
        assert not reader.seekable()
        assert reader.read() == DATA
    with store.open(location, 90) as reader:
        assert reader.read() == DATA[90:]
    with store.open(location, 10, 20) as reader:
        assert reader.size == 10
        assert reader.read() == DATA[10:20]


@pytest.mark.parametrize(
    "verify", [True, {"sha256": hashlib.sha256(DATA).hexdigest().upper()}, {"MD5": hashlib.md5(DATA).hexdigest()}]
)
def test_verified(store: Store, location: str, verify: Any) -> None:
    with store.open(location, verify=verify) as reader:
        assert not reader.seekable()
        assert reader.read() == DATA


@pytest.mark.parametrize("how", ["read", "iterate", "pieces", "Store.verify"])
def test_a_flipped_bit_is_found(driver: FaultyDriver, store: Store, location: str, how: str) -> None:
    driver.hooks["piece"] = lambda at, data: data if at != 50 else bytes([data[0] ^ 1]) + data[1:]
    with pytest.raises(Mismatch, match="faulty: read memory://a: the sha256 of the data is"):
        if how == "Store.verify":
            store.verify(location)
        with store.open(location, verify=True) as reader:
            if how == "read":
                reader.read()
            elif how == "iterate":
                list(reader)
            else:
                while reader.read(7):
                    pass


def test_a_partial_read_is_not_verified(store: Store, location: str) -> None:
    with store.open(location, verify={"sha256": "0" * 64}) as reader:
        assert reader.read(10) == DATA[:10]


def test_reading_hangs(location: str, store: Store) -> None:
    driver = FaultyDriver(deadline=1, commit_deadline=1)
    slow = store_of(driver)
    place = slow.put("a", DATA).location
    release = threading.Event()

    def piece(at: int, data: bytes) -> bytes:
        if at == 30:
            release.wait()
        return data

    driver.hooks["piece"] = piece
    reader = slow.open(place)
    assert reader.read(30) == DATA[:30]
    with pytest.raises(Unavailable, match=r"no bytes have come for 1 s"):
        reader.read()
    reader.close()
    assert driver.counts["close_blob"] == 0, "the blob is not closed under a thread that uses it"
    release.set()
    until = time.monotonic() + 20
    while not driver.counts["close_blob"]:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_slow_reader_is_no_hang(driver: FaultyDriver) -> None:
    driver = FaultyDriver(deadline=1)
    store = store_of(driver)
    with store.open(store.put("a", DATA).location) as reader:
        for _ in range(2):
            assert reader.read(20)
            time.sleep(1.2)


@pytest.mark.parametrize("lanes", [1, 3])
def test_the_reader_is_not_run_away_from(driver: FaultyDriver, lanes: int, store: Store) -> None:
    """Fetched ahead: one segment for each lane and one more; with a single lane what its buffer holds."""
    driver.read_lanes, driver.segment, driver.block_size = lanes, 1 << 20, 1 << 19
    data = bytes(40 << 20)
    location = store.put("big", [data], digests=()).location
    fetched: list[int] = []

    def counted(at: int, piece: bytes) -> bytes:
        fetched.append(len(piece))
        return piece

    driver.hooks["piece"] = counted
    with store.open(location) as reader:
        reader.read(10)
        time.sleep(0.5)
        assert sum(fetched) <= (6 << 20)
        assert len(reader.read()) == len(data) - 10


def test_closing_early_ends_the_threads(driver: FaultyDriver, store: Store) -> None:
    driver.block_size = 1 << 20
    location = store.put("big", bytes(20 << 20), digests=()).location
    for _ in range(20):
        with store.open(location) as reader:
            reader.read(10)
            reader.seek(15 << 20)
            reader.read(10)
    assert driver.counts["close_blob"] == 20
    assert not [one for one in threading.enumerate() if one.name.startswith("orlop-read")]


def test_dropping_a_reader_closes_it(driver: FaultyDriver, store: Store, location: str) -> None:
    reader: ImageReader | None = store.open(location)
    assert reader is not None
    reader.read(1)
    del reader
    assert driver.counts["close_blob"] == 1


def test_absent_and_foreign(store: Store) -> None:
    for call in (store.open, store.stat, store.delete, store.verify):
        with pytest.raises(NotFound, match="memory://nobody"):
            call("memory://nobody")
        with pytest.raises(InvalidLocation, match="begin with memory:"):
            call("file:///etc/passwd")
        with pytest.raises(InvalidLocation, match="memory://ID"):
            call("memory://a/b")


def test_many_threads_read_one_image(store: Store, location: str) -> None:
    failures: list[object] = []

    def read(number: int) -> None:
        for start in range(number, 95, 7):
            with store.open(location, start, start + 9) as reader:
                if reader.read() != DATA[start : start + 9]:
                    failures.append((number, start))

    readers = [threading.Thread(target=read, args=(number,)) for number in range(12)]
    for one in readers:
        one.start()
    for one in readers:
        one.join()
    assert not failures


def test_a_call_before_reading_is_retried(driver: FaultyDriver, store: Store, location: str) -> None:
    for step in ("open", "stat"):
        driver.hooks[step] = times(2, Passing("busy"))
        driver.counts.clear()
    assert b"".join(store.open(location, verify=True)) == DATA
    assert driver.counts["open"] == driver.counts["stat"] == 3
