"""Images are read whole, in ranges, by many threads, through broken connections - or not at all."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from orlop.errors import BackendError, Mismatch, Unavailable, Unsupported
from orlop.store import Store

from servers.fault_origin import FaultOrigin, Faults, body
from servers.fault_proxy import FaultProxy, Way
from tests.drivers.http.conftest import MakeStore
from tests.drivers.http.nginx import SIZE, Nginx

pytestmark = pytest.mark.server


def whole(store: Store, location: str) -> bytes:
    with store.open(location) as reader:
        return reader.read()


def ranges_of(origin: FaultOrigin) -> list[str | None]:
    return [request.headers.get("range") for request in origin.requests()]


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 1_000_000, 20_000_000])
def test_sizes(store: Store, origin: FaultOrigin, size: int) -> None:
    with store.open(origin.url(size)) as reader:
        assert reader.size == size
        assert reader.read() == body(0, size)


def test_nginx_whole_and_empty(store: Store, nginx: Nginx) -> None:
    assert whole(store, f"{nginx.base}/disk") == body(0, SIZE)
    with store.open(f"{nginx.base}/empty") as reader:
        assert (reader.size, reader.read()) == (0, b"")


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, 10), (5, 5), (65530, 65540), (100_000, 2_999_999), (2_999_999, None), (SIZE, None), (SIZE + 9, SIZE + 99)],
)
def test_ranges(store: Store, nginx: Nginx, start: int, stop: int | None) -> None:
    with store.open(f"{nginx.base}/disk", start, stop) as reader:
        assert reader.read() == body(0, SIZE)[start:stop]


def test_seek(store: Store, nginx: Nginx) -> None:
    with store.open(f"{nginx.base}/disk") as reader:
        for place in (2_000_000, 10, 999_999, 0):
            reader.seek(place)
            assert reader.read(1000) == body(place, 1000)


def test_a_small_image_costs_one_request(store: Store, origin: FaultOrigin) -> None:
    for _ in range(5):
        assert whole(store, origin.url(10_000)) == body(0, 10_000)
    assert [request.method for request in origin.requests()] == ["GET"] * 5
    assert len({request.connection for request in origin.requests()}) == 1, "the connection is kept"


def test_a_large_image_costs_two_requests(store: Store, origin: FaultOrigin) -> None:
    whole(store, origin.url(2_000_000))
    assert ranges_of(origin) == ["bytes=0-65535", "bytes=65536-1999999"]


def test_no_encoding_is_asked_for(store: Store, origin: FaultOrigin) -> None:
    whole(store, origin.url(100_000))
    store.stat(origin.url(100_000))
    assert {request.headers["accept-encoding"] for request in origin.requests()} == {"identity"}


@pytest.mark.parametrize("lanes", [1, 4])
def test_many_threads_read_one_location(make_store: MakeStore, nginx: Nginx, lanes: int) -> None:
    store = make_store(lanes=lanes)
    start = threading.Barrier(16)

    def part(number: int) -> bool:
        start.wait()
        begin, end = number * 180_000, min(SIZE, (number + 1) * 190_000)
        with store.open(f"{nginx.base}/disk", begin, end) as reader:
            return reader.read() == body(begin, end - begin)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(part, range(16)))


def test_many_threads_read_one_blob(make_store: MakeStore, nginx: Nginx) -> None:
    blob = make_store()._driver.open(f"{nginx.base}/disk")
    start = threading.Barrier(16)

    def part(number: int) -> bool:
        start.wait()
        begin, end = number * 180_000, (number + 1) * 180_000
        return b"".join(blob.read(begin, end)) == body(begin, end - begin)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(part, range(16)))
    blob.close()
    blob.close()


def test_lanes(make_store: MakeStore, origin: FaultOrigin) -> None:
    # Each answer takes a moment, so that one connection cannot serve all lanes by being quick.
    assert whole(make_store(lanes=3), origin.url(30_000_000, Faults(delay=0.3))) == body(0, 30_000_000)
    assert len({request.connection for request in origin.requests()}) > 1


# Broken connections


@pytest.mark.parametrize("reset", [False, True])
def test_a_cut_body_is_continued_with_if_range(store: Store, origin: FaultOrigin, reset: bool) -> None:
    url = origin.url(2_000_000, Faults(cut=300_000, reset=reset, after=1, times=1, etag="one"))
    assert whole(store, url) == body(0, 2_000_000)
    requests = origin.requests()
    assert len(requests) == 3
    begin = int(requests[2].headers["range"].removeprefix("bytes=").removesuffix("-1999999"))
    assert 65536 < begin <= 365_536 if reset else begin == 365_536
    assert [request.headers.get("if-range") for request in requests] == [None, '"one"', '"one"']


def test_a_first_answer_that_is_cut_is_continued(store: Store, origin: FaultOrigin) -> None:
    assert whole(store, origin.url(60_000, Faults(cut=20_000, times=1))) == body(0, 60_000)
    assert ranges_of(origin) == ["bytes=0-65535", "bytes=20000-59999"]


def test_every_request_is_cut(store: Store, origin: FaultOrigin) -> None:
    assert whole(store, origin.url(2_000_000, Faults(cut=200_000))) == body(0, 2_000_000)


def test_continued_by_last_modified(make_store: MakeStore, nginx: Nginx) -> None:
    with FaultProxy("127.0.0.1", nginx.port) as wire:
        for folder in ("dates/", ""):
            store = make_store()
            wire.set(down=Way(cut=400_000), connections=1)
            assert whole(store, f"http://127.0.0.1:{wire.port}/{folder}disk") == body(0, SIZE)


def test_last_modified_is_the_validator_without_an_etag(store: Store, origin: FaultOrigin) -> None:
    date = "Mon, 02 Jan 2023 03:04:05 GMT"
    url = origin.url(100_000, Faults(modified=date, norange=False))
    blob = store._driver.open(url)
    with pytest.raises(Unsupported):  # this origin knows no dates in If-Range, and sends everything
        b"".join(blob.read(70_000))
    blob.close()
    assert origin.requests()[1].headers["if-range"] == date


def test_a_weak_etag_is_no_validator(store: Store, origin: FaultOrigin) -> None:
    assert whole(store, origin.url(100_000, Faults(header=('ETag:W/"weak"',)))) == body(0, 100_000)
    assert "if-range" not in origin.requests()[1].headers


def test_changed_in_between(store: Store, origin: FaultOrigin) -> None:
    url = origin.url(2_000_000, Faults(cut=300_000, after=1, times=1, etag="one", etag_after=2))
    with store.open(url) as reader, pytest.raises(Mismatch, match="changed since it was opened: its ETag"):
        reader.read()
    assert len(origin.requests()) == 3, "a change is not tried again"


def test_changed_size_in_between(store: Store, origin: FaultOrigin) -> None:
    url = origin.url(2_000_000, Faults(after=1, badrange="bytes 65536-1999999/2000001", etag="one"))
    with store.open(url) as reader, pytest.raises(Mismatch, match="2000001 bytes now and had 2000000"):
        reader.read()


def test_shrunk_in_between(store: Store, nginx: Nginx) -> None:
    file = nginx.folder / "www" / "shrinking"
    file.write_bytes(body(0, 200_000))
    blob = store._driver.open(f"{nginx.base}/shrinking")
    file.write_bytes(body(0, 1000))
    with pytest.raises(Mismatch, match="1000 bytes now and had 200000"):
        b"".join(blob.read(150_000))
    blob.close()


@pytest.mark.parametrize("said", ["shift", "", "bytes 0-9/10", "octets 65536-99999/100000", "bytes 65536-99999/*x"])
def test_wrong_content_range(store: Store, origin: FaultOrigin, said: str) -> None:
    with (
        store.open(origin.url(100_000, Faults(after=1, badrange=said))) as reader,
        pytest.raises((BackendError, Mismatch)),
    ):
        reader.read()
    with pytest.raises(BackendError):
        store.open(origin.url(100_000, Faults(badrange=said, key="first")))


def test_another_range_of_the_right_length(store: Store, origin: FaultOrigin) -> None:
    url = origin.url(100_000, Faults(after=1, badrange="bytes 70001-80000/100000"))
    with store.open(url, 70_000, 80_000) as reader, pytest.raises(BackendError, match="from 70001 on"):
        reader.read()


def test_ranges_without_a_byte_do_not_go_on_for_ever(make_store: MakeStore, origin: FaultOrigin) -> None:
    url = origin.url(900_000, Faults(after=1, nolength=True, cut=0))
    with make_store(attempts=2).open(url) as reader, pytest.raises(Unavailable, match="ended its answer after 0 of"):
        reader.read()
    assert len(origin.requests()) == 4, "the start, one that continues it, and two tries without progress"


def test_wrong_length_of_a_range(store: Store, origin: FaultOrigin) -> None:
    with pytest.raises(BackendError, match="part of the image"):
        store.open(origin.url(50_000, Faults(length="50001")))


@pytest.mark.parametrize("reset", [False, True])
def test_short_body_is_no_end(store: Store, origin: FaultOrigin, reset: bool) -> None:
    with (
        store.open(origin.url(60_000, Faults(norange=True, cut=30_000, reset=reset))) as reader,
        pytest.raises(Unavailable),
    ):
        reader.read()


def test_chunked_cut_and_garbage(store: Store, origin: FaultOrigin) -> None:
    for faults in (Faults(norange=True, chunked=True, cut=500_000), Faults(norange=True, badchunk=500_000)):
        with store.open(origin.url(900_000, faults)) as reader, pytest.raises(Unavailable):
            reader.read()


def test_a_range_without_length_that_ends_early_is_continued(store: Store, origin: FaultOrigin) -> None:
    url = origin.url(900_000, Faults(nolength=True, cut=100_000))
    assert whole(store, url) == body(0, 900_000)


def test_content_length_is_no_number(store: Store, origin: FaultOrigin) -> None:
    with pytest.raises(BackendError, match="is no number"):
        store.open(origin.url(1000, Faults(norange=True, length="abc")))


# Servers without this or that


def test_no_content_length(store: Store, origin: FaultOrigin) -> None:
    faults = Faults(norange=True, chunked=True)
    with store.open(origin.url(700_000, faults)) as reader:
        assert reader.size is None
        assert not reader.seekable()
        assert reader.read() == body(0, 700_000)
    assert store.stat(origin.url(700_000, faults)).size is None


def test_no_content_length_and_no_chunks(store: Store, origin: FaultOrigin) -> None:
    # Only the end of the connection would be the end of the image, and a cut one ends likewise.
    url = origin.url(700_000, Faults(norange=True, nolength=True))
    with pytest.raises(BackendError, match="where the image ends"):
        store.open(url)
    assert store.stat(url).size is None


def test_chunked_ranges_tell_the_size(store: Store, origin: FaultOrigin) -> None:
    with store.open(origin.url(700_000, Faults(chunked=True))) as reader:
        assert reader.size == 700_000
        assert reader.read() == body(0, 700_000)
    assert store.stat(origin.url(700_000, Faults(chunked=True))).size == 700_000


def test_no_ranges(store: Store, nginx: Nginx, origin: FaultOrigin) -> None:
    for url, size in ((f"{nginx.base}/whole/disk", SIZE), (origin.url(SIZE, Faults(norange=True)), SIZE)):
        with store.open(url) as reader:
            assert reader.size == size
            assert not reader.seekable()
            assert reader.read() == body(0, size)
        with store.open(url, 0, 100_000) as reader:
            assert reader.read() == body(0, 100_000)
        with pytest.raises(Unsupported, match="from its start only"):
            store.open(url, 5)
    assert len(origin.requests()) == 3, "the first answer is used, whole as it is"


def test_a_cut_without_ranges_is_told_as_it_is(store: Store, origin: FaultOrigin) -> None:
    with (
        store.open(origin.url(SIZE, Faults(norange=True, cut=500_000))) as reader,
        pytest.raises(Unavailable) as caught,
    ):
        reader.read()
    assert "broken" in str(caught.value)


def test_total_of_the_range_is_not_told(store: Store, origin: FaultOrigin) -> None:
    url = origin.url(300_000, Faults(badrange="bytes 0-65535/*", times=1))
    assert whole(store, url) == body(0, 300_000)
    assert ranges_of(origin) == ["bytes=0-65535", None]


def test_416_to_everything(store: Store, origin: FaultOrigin) -> None:
    assert whole(store, origin.url(300_000, Faults(status=416, times=1))) == body(0, 300_000)
    with (
        store.open(origin.url(300_000, Faults(status=416, after=1))) as reader,
        pytest.raises(BackendError, match="no bytes"),
    ):
        reader.read()


@pytest.mark.parametrize("norange", [False, True])
def test_compressed_in_spite_of_all(store: Store, origin: FaultOrigin, norange: bool) -> None:
    url = origin.url(300_000, Faults(gzip=True, norange=norange))
    for ask in (store.open, store.stat):
        with pytest.raises(BackendError, match="Content-Encoding: gzip, although we accept none"):
            ask(url)


def test_nginx_does_not_compress_for_us(store: Store, nginx: Nginx) -> None:
    assert whole(store, f"{nginx.base}/zipped/disk") == body(0, SIZE)


@pytest.mark.parametrize(
    "path", ["with space/50% ü+.img", "with%20space/50%25%20%C3%BC+.img", "with space/50%25 ü%2b.img#part"]
)
def test_paths_are_quoted_once(store: Store, nginx: Nginx, path: str) -> None:
    assert whole(store, f"{nginx.base}/{path}") == body(0, 1000)
