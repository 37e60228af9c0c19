"""Swift and the way to it fail in every manner: the image is right or absent, and nothing is left behind."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator

import pytest
from orlop.errors import AlreadyExists, Mismatch, PermissionDenied, StoreFull, Unavailable

from servers.http_faults import Fault
from servers.keystone import Account
from servers.swift import Swift
from tests.drivers.asked import asked
from tests.drivers.swift.stores import FAST, MIB, NAMED, Place, place

pytestmark = pytest.mark.server

DATA = b"".join(hashlib.sha256(str(at).encode()).digest() * 32 for at in range(4096)) + b"end"  # 4 MiB and a little
SEGMENT, MANIFEST, SMALL = r"/\.orlop/segments/", r"multipart-manifest=put", r"/small$"


DEAD: float = FAST["leftover_seconds"] + 1.5
"""Seconds of silence after which an upload counts as dead; the clock in the answers of a server has whole seconds."""


@pytest.fixture
def here(swift: Swift, operator: Account) -> Iterator[Place]:
    with place(swift, operator) as made:
        yield made


@pytest.fixture(autouse=True)
def _nothing_is_left(here: Place) -> Iterator[None]:
    here.proxy.clear()
    yield
    here.proxy.clear()
    assert here.left() == set()


def goes_in(here: Place, name: str = "image", data: bytes = DATA, size: int | None = None) -> None:
    """The image is stored, read back right, and deleted again, all of it."""
    location = here.store.put(name, data, size=size).location
    here.proxy.set()
    with here.store.open(location) as reader:
        assert reader.read() == data
    assert here.witness.read(location) == data
    here.store.delete(location)


@pytest.mark.parametrize("nth", [1, 2, 3, 4, 5])
def test_a_connection_is_cut_in_a_segment(here: Place, nth: int) -> None:
    here.proxy.set(Fault(method="PUT", path=SEGMENT, nth=nth, cut_request=MIB // 2 if nth < 5 else 1))
    goes_in(here)


@pytest.mark.parametrize("status", [500, 503, 429, 498, 408, 422])
def test_a_burst_of_refusals_is_lived_through(here: Place, status: int) -> None:
    here.proxy.set(Fault(method="PUT", path=SEGMENT, nth=2, times=6, status=status, headers={"Retry-After": "1"}))
    goes_in(here)


@pytest.mark.parametrize("what", ["uploads/", "claims/", MANIFEST], ids=["beacon", "claim", "manifest"])
@pytest.mark.parametrize("after", [False, True], ids=["refused", "answer-lost"])
def test_the_small_requests_fail_too(here: Place, what: str, after: bool) -> None:
    here.proxy.set(Fault(method="PUT", path=what, times=2, status=503, after=after))
    goes_in(here)


@pytest.mark.parametrize("after", [False, True], ids=["refused", "answer-lost"])
def test_a_small_image_is_sent_again(here: Place, after: bool) -> None:
    here.proxy.set(Fault(method="PUT", path=SMALL, times=2, status=500, after=after))
    goes_in(here, "small", b"data")


def test_an_answer_that_ends_in_its_head_is_none(here: Place) -> None:
    location = here.store.put("small", b"data").location
    for method in ("HEAD", "GET"):
        here.proxy.set(*(Fault(method=method, nth=nth, cut_head=cut) for nth, cut in enumerate((30, 60, 90), 1)))
        assert here.store.stat(location).size == 4
        with here.store.open(location) as reader:
            assert reader.read() == b"data"
    here.store.delete(location)


def test_a_download_is_continued_where_it_was_cut(here: Place) -> None:
    location = here.store.put("image", DATA).location
    here.proxy.set(Fault(method="GET", cut_answer=MIB + 7, times=3))
    with here.store.open(location, verify=True) as reader:
        assert reader.read() == DATA
    assert len(asked(here.proxy, "GET")) >= 4
    here.store.delete(location)


def test_a_slow_server_is_waited_for(here: Place) -> None:
    here.proxy.set(Fault(method="PUT", up=8 * MIB, lag=0.2, times=None))
    goes_in(here)


def test_a_silent_server_is_given_up(here: Place) -> None:
    store = here.opened(attempts=2, read_timeout=0.5)
    here.proxy.set(Fault(method="PUT", path=SEGMENT, lag=5, times=None))
    with pytest.raises(Unavailable):
        store.put("image", DATA)
    store.close()
    time.sleep(0.1)


@pytest.mark.parametrize(("path", "size"), [(SEGMENT, len(DATA)), (MANIFEST, len(DATA)), (SMALL, 4)])
def test_another_etag_is_a_mismatch(here: Place, path: str, size: int) -> None:
    here.proxy.set(Fault(method="PUT", path=path, changed={"ETag": '"0123456789abcdef0123456789abcdef"'}))
    with pytest.raises(Mismatch, match="ETag"):
        here.store.put("small" if path == SMALL else "image", DATA[:size])


def test_a_quota_is_a_full_store(here: Place) -> None:
    for quota, data in ((2 * MIB, DATA), (3, b"data")):
        here.witness.request("POST", here.container, {"X-Container-Meta-Quota-Bytes": str(quota)})
        try:
            with pytest.raises(StoreFull):
                here.store.put("image", data)
        finally:
            here.witness.request("POST", here.container, {"X-Remove-Container-Meta-Quota-Bytes": "x"})
    here.proxy.set(Fault(method="PUT", path=SEGMENT, nth=3, status=413, headers=NAMED))
    with pytest.raises(StoreFull):
        here.store.put("image", DATA)


def test_a_token_that_ends_in_the_middle_is_renewed(here: Place) -> None:
    here.proxy.set(Fault(method="PUT", path=SEGMENT, nth=2, status=401), Fault(method="PUT", path=MANIFEST, status=401))
    goes_in(here)
    location = here.store.put("image", DATA).location
    here.proxy.set(Fault(method="GET", status=401))
    with here.store.open(location) as reader:
        assert reader.read() == DATA
    here.store.delete(location)


def test_who_may_no_more_is_told_so(here: Place) -> None:
    for status in (401, 403):
        here.proxy.set(Fault(method="PUT", path=SEGMENT, nth=3, times=None, status=status))
        with pytest.raises(PermissionDenied):
            here.store.put("image", DATA)


def test_a_server_that_never_recovers_ends_in_unavailable(here: Place) -> None:
    store = here.opened(attempts=2)
    for path in (SEGMENT, MANIFEST, "uploads/", "claims/"):
        here.proxy.set(Fault(method="PUT", path=path, nth=2 if path == SEGMENT else 1, times=None, status=503))
        with pytest.raises(Unavailable):
            store.put("image", DATA)
    store.close()


def test_a_delete_goes_on_although_segments_resist(here: Place) -> None:
    location = here.store.put("image", DATA).location
    here.proxy.set(Fault(method="DELETE", path=SEGMENT, times=4, status=503))
    here.store.delete(location)


@pytest.mark.parametrize("after", [False, True], ids=["refused", "answer-lost"])
def test_a_delete_is_said_again(here: Place, after: bool) -> None:
    location = here.store.put("image", DATA).location
    here.proxy.set(Fault(method="DELETE", path=r"/image($|\?)", times=1 if after else 2, status=503, after=after))
    here.store.delete(location)
    assert not here.store.exists(location)


def test_a_copy_within_swift_goes_on_where_it_was(here: Place) -> None:
    location = here.store.put("image", DATA).location
    here.proxy.set(Fault(method="PUT", header="x-copy-from", nth=3, times=2, status=503))
    copied = here.store.copy(location, here.store, "copied").location
    said = [one.target for one in asked(here.proxy) if "x-copy-from" in one.headers]
    assert len(said) == len(set(said)) + 2
    for one in (location, copied):
        assert here.store.verify(one)
        here.store.delete(one)


def test_what_a_delete_could_not_remove_is_cleaned(here: Place) -> None:
    location = here.store.put("image", DATA).location
    here.proxy.set(Fault(method="DELETE", path=SEGMENT, times=None, status=503))
    with pytest.raises(Unavailable, match="5 of 5 segments"):
        here.store.delete(location)
    here.proxy.set()
    assert not here.store.exists(location)
    time.sleep(DEAD)
    for leftover in here.store.leftovers():
        assert (leftover.image_id, leftover.size) == ("image", len(DATA))
        here.store.clean(leftover)


def test_an_image_that_came_first_stays(here: Place) -> None:
    location = here.store.put("image", DATA).location
    with pytest.raises(AlreadyExists):
        here.store.put("image", b"other")
    # The one who was not seen when the other began is seen at the end, by the server.
    here.proxy.set(Fault(method="HEAD", path="/image$", times=2, status=404, headers=NAMED))
    with pytest.raises(AlreadyExists):
        here.store.put("image", DATA[::-1])
    assert here.witness.read(location) == DATA
    here.store.delete(location)


def test_a_sleeper_whose_segments_were_cleaned_away_makes_no_image(here: Place) -> None:
    """As after a long pause of its machine: it was taken for dead, and finds out."""
    upload = here.store._driver.upload("image", len(DATA))
    for at in range(0, len(DATA), MIB):
        upload.write(at, DATA[at : at + MIB])
    upload._beacon.stop()  # type: ignore[attr-defined]
    time.sleep(DEAD)
    for leftover in here.store.leftovers():
        here.store.clean(leftover)
    assert here.left() == set()
    with pytest.raises(Exception, match=r"400|cleaned away"):
        upload.commit(len(DATA), {})
    upload.abort()


def test_swift_is_killed_and_comes_back_in_the_middle(here: Place, swift: Swift) -> None:
    killed = threading.Event()

    def source() -> Iterator[bytes]:
        for at in range(0, len(DATA), MIB):
            if at == 2 * MIB:
                swift.kill()
                threading.Thread(target=swift.revive).start()
                killed.set()
            yield DATA[at : at + MIB]

    store = here.opened(attempts=30, retry_seconds=60)
    location = store.put("image", source()).location
    assert killed.is_set()
    assert here.witness.read(location) == DATA
    store.delete(location)
    store.close()
