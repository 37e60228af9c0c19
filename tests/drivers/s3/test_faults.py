"""An S3 server and the way to it fail in every manner: the image is right or absent, and nothing is left behind."""

from __future__ import annotations

import copy
import hashlib
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from orlop.drivers.s3.driver import S3Driver
from orlop.errors import AlreadyExists, BackendError, Mismatch, PermissionDenied, StoreError, StoreFull, Unavailable
from orlop.gate.witnesses.s3 import S3Witness
from orlop.store import Store

from servers.http_faults import Fault, HttpFaults
from servers.juicefs import JuiceFS
from servers.moto import Moto
from servers.radosgw import Radosgw
from servers.s3_account import S3Account
from tests.drivers.asked import asked
from tests.drivers.s3.conftest import SMALL, MakeStore, settings_for

pytestmark = pytest.mark.server

DATA = b"".join(hashlib.sha256(str(at).encode()).digest() * 32 for at in range(1024)) + b"end"  # 4 parts and a little
PART, BEGIN, END, ONE = r"partNumber=", r"\?uploads$", r"/image\?uploadId=", r"/small$"


def refusal(code: str) -> bytes:
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>as the test wants</Message></Error>".encode()


@dataclass
class Place:
    """A store behind a proxy, and a look at its bucket that goes past that."""

    store: Store
    proxy: HttpFaults
    witness: S3Witness


@pytest.fixture(scope="module")
def plain() -> Iterator[JuiceFS]:
    with JuiceFS() as started:
        yield started


def place(server: JuiceFS | Moto) -> Iterator[Place]:
    more: dict[str, Any] = {"part": SMALL, "bucket": "faults", "read_timeout": 3.0, "abandoned_after": 0.5}
    with HttpFaults("127.0.0.1", server.port) as proxy:
        account = S3Account(proxy.base, server.account.access_key, server.account.secret_key)
        with closing(Store("objects", S3Driver(settings_for(account, attempts=6, **more)))) as store:
            store.delete(store.put("first", b"").location)
            yield Place(store, proxy, S3Witness(S3Driver(settings_for(server.account, **more))))


@pytest.fixture(scope="module")
def with_turns(plain: JuiceFS) -> Iterator[Place]:
    yield from place(plain)


@pytest.fixture(scope="module")
def with_conditions(moto: Moto) -> Iterator[Place]:
    yield from place(moto)


_NUMBERS = itertools.count(1)


def own(base: Place) -> Iterator[Place]:
    """A prefix of its own for each test: what one leaves, or what comes late, is in no other's way."""
    driver, witness = base.store._driver, copy.copy(base.witness)
    assert isinstance(driver, S3Driver)
    prefix = witness._prefix = f"test-{next(_NUMBERS)}/"
    known = "conditional" if driver._creating._conditional else "turns"
    mine = S3Driver(driver.settings.model_copy(update={"prefix": prefix, "create_only": known}))
    mine._bucket.client = driver._bucket.client  # the connections of all of them
    base.proxy.clear()
    yield Place(Store("objects", mine), base.proxy, witness)
    while base.proxy.busy():
        time.sleep(0.01)
    assert witness.names() == set()


@pytest.fixture
def here(with_turns: Place) -> Iterator[Place]:
    yield from own(with_turns)


@pytest.fixture(params=["with_turns", "with_conditions"])
def either(request: pytest.FixtureRequest) -> Iterator[Place]:
    """On a server where turns are taken, and on one that refuses to overwrite."""
    yield from own(request.getfixturevalue(request.param))


def goes_in(here: Place, name: str = "image", data: bytes = DATA, size: int | None = None) -> None:
    """The image is stored, read back right, and deleted again, all of it."""
    location = here.store.put(name, data, size=size).location
    here.proxy.set()
    with here.store.open(location) as reader:
        assert reader.read() == data
    assert here.store.verify(location)
    here.store.delete(location)


def is_refused(here: Place, kind: type[StoreError], name: str = "image", data: bytes = DATA) -> StoreError:
    """The image is refused with this error, and is not there."""
    with pytest.raises(kind) as caught:
        here.store.put(name, data)
    here.proxy.set()
    assert here.witness.names() == set()
    return caught.value


@pytest.mark.parametrize("nth", [1, 2, 3, 4, 5])
def test_a_connection_is_cut_in_a_part(here: Place, nth: int) -> None:
    here.proxy.set(Fault(method="PUT", path=PART, nth=nth, cut_request=SMALL // 2 if nth < 5 else 1))
    goes_in(here)


@pytest.mark.parametrize(("status", "code"), [(500, "InternalError"), (503, "SlowDown"), (429, "TooManyRequests")])
def test_a_burst_of_refusals_is_lived_through(here: Place, status: int, code: str) -> None:
    here.proxy.set(Fault(method="PUT", path=PART, nth=2, times=6, status=status, body=refusal(code)))
    goes_in(here)


@pytest.mark.parametrize(("method", "path"), [("HEAD", ""), ("POST", BEGIN), ("POST", END)])
def test_the_small_requests_are_refused(either: Place, method: str, path: str) -> None:
    either.proxy.set(Fault(method=method, path=path, times=2, status=503, body=refusal("SlowDown")))
    goes_in(either)


@pytest.mark.parametrize("after", [False, True], ids=["refused", "answer-lost"])
def test_a_small_image_is_sent_again(either: Place, after: bool) -> None:
    either.proxy.set(Fault(method="PUT", path=ONE, times=2, status=500, after=after))
    goes_in(either, "small", b"data")


@pytest.mark.parametrize("after", [False, True], ids=["refused", "answer-lost"])
def test_an_end_is_said_again(either: Place, after: bool) -> None:
    either.proxy.set(Fault(method="POST", path=END, times=2, status=500, after=after))
    goes_in(either)


def test_an_end_that_is_never_heard_of_is_undone(either: Place) -> None:
    either.proxy.set(Fault(method="POST", path=END, times=None, status=500, after=True))
    # The first one has made the image, and the next one finds that out.
    goes_in(either)
    either.proxy.set(
        Fault(method="POST", path=END, times=None, status=500), Fault(method="DELETE", times=1, status=503)
    )
    is_refused(either, Unavailable)


def test_a_beginning_that_was_not_heard_of_is_a_leftover(here: Place) -> None:
    here.proxy.set(Fault(method="POST", path=BEGIN, times=1, cut_head=20))
    location = here.store.put("image", DATA).location
    here.store.delete(location)
    assert len(here.witness.names()) == 1, "nobody can know the name of that upload"
    until = threading.Event()
    for _ in range(50):
        if found := list(here.store.leftovers()):
            break
        until.wait(0.2)
    else:
        found = []
    assert [(one.image_id, one.size) for one in found] == [("image", 0)]
    here.store.clean(found[0])


def test_a_slow_server_is_waited_for(here: Place) -> None:
    here.proxy.set(Fault(method="PUT", path=PART, times=3, lag=1.0, up=2_000_000))
    goes_in(here)


def test_a_silent_server_is_asked_again(here: Place) -> None:
    here.proxy.set(Fault(method="PUT", path=PART, times=2, lag=4.0))
    goes_in(here)


def test_an_expired_token_is_told_and_leaves_nothing(here: Place) -> None:
    here.proxy.set(Fault(method="PUT", path=PART, nth=3, times=None, status=403, body=refusal("ExpiredToken")))
    assert "ExpiredToken" in str(is_refused(here, PermissionDenied))


@pytest.mark.parametrize(("status", "code"), [(507, "XMinioStorageFull"), (403, "QuotaExceeded"), (413, "x")])
def test_a_full_server_is_told_and_leaves_nothing(here: Place, status: int, code: str) -> None:
    here.proxy.set(Fault(method="PUT", path=PART, nth=4, times=None, status=status, body=refusal(code)))
    is_refused(here, StoreFull)


@pytest.mark.parametrize(("name", "path", "data"), [("image", PART, DATA), ("small", ONE, b"data")])
def test_a_wrong_etag_is_a_mismatch_and_leaves_nothing(either: Place, name: str, path: str, data: bytes) -> None:
    either.proxy.set(Fault(method="PUT", path=path, changed={"ETag": '"0123456789abcdef0123456789abcdef"'}))
    assert "other bytes" in str(is_refused(either, Mismatch, name, data))


@pytest.mark.parametrize("cut", [0, 30, 90])
def test_an_answer_that_ends_in_its_head_is_none(here: Place, cut: int) -> None:
    location = here.store.put("small", b"data").location
    for method in ("HEAD", "GET"):
        here.proxy.set(Fault(method=method, path=ONE, cut_head=cut))
        assert here.store.stat(location).size == 4
        with here.store.open(location) as reader:
            assert reader.read() == b"data"
    here.store.delete(location)


def test_a_cut_connection_is_continued(here: Place) -> None:
    location = here.store.put("image", DATA).location
    here.proxy.set(
        Fault(method="GET", path="/image$", times=3, cut_answer=len(DATA) // 4),
        Fault(method="GET", path="/image$", times=2, status=503),
    )
    with here.store.open(location) as reader:
        assert reader.read() == DATA
    here.store.delete(location)


@pytest.mark.parametrize("after", [False, True], ids=["refused", "answer-lost"])
@pytest.mark.parametrize("path", ["/image$", "orlop-digests"], ids=["image", "digests"])
def test_a_delete_is_said_again(here: Place, path: str, after: bool) -> None:
    location = here.store.put("image", DATA).location
    here.proxy.set(
        Fault(method="HEAD", path="/image$", times=1, status=500),
        Fault(method="DELETE", path=path, times=2, status=503, after=after),
    )
    here.store.delete(location)


def test_a_copy_within_the_server_is_said_again(here: Place) -> None:
    location = here.store.put("image", DATA).location
    here.proxy.set(Fault(method="PUT", header="x-amz-copy-source", times=2, status=503, body=refusal("SlowDown")))
    copied = here.store.copy(location, here.store, "copied").location
    assert sum("x-amz-copy-source" in one.headers for one in asked(here.proxy)) == 3
    for one in (location, copied):
        assert here.store.verify(one)
        here.store.delete(one)


def test_what_a_delete_could_not_remove_is_told(here: Place) -> None:
    location = here.store.put("image", DATA).location
    here.proxy.set(Fault(method="DELETE", path="orlop-digests", times=None, status=503))
    with pytest.raises(Unavailable, match="'orlop clean' removes it"):
        here.store.delete(location)
    here.proxy.set()
    assert not here.store.exists(location)
    until = time.monotonic() + 20
    while here.witness.names():
        assert time.monotonic() < until
        for leftover in here.store.leftovers():
            here.store.clean(leftover)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (f"bytes 1-{len(DATA)}/{len(DATA)}", BackendError),
        (f"bytes 0-1/{len(DATA)}", BackendError),
        ("bytes 0-2/3", Mismatch),
        (None, Mismatch),
    ],
    ids=str,
)
def test_a_wrong_range_is_noticed(here: Place, said: str | None, kind: type[StoreError]) -> None:
    location = here.store.put("image", DATA).location
    here.proxy.set(Fault(method="GET", path="/image$", changed={"Content-Range": said}, times=None))
    with here.store.open(location) as reader, pytest.raises(kind):
        reader.read()
    here.proxy.set()
    here.store.delete(location)


def test_an_image_that_changes_while_it_is_read_is_a_mismatch(here: Place) -> None:
    location = here.store.put("small", b"data").location
    with here.store.open(location) as reader:
        here.store.delete(location)
        again = here.store.put("small", b"other").location
        with pytest.raises(Mismatch):
            reader.read()
    here.store.delete(again)


def test_an_upload_lives_through_a_restart_of_its_server(make_store: MakeStore) -> None:
    with JuiceFS() as server:
        store = make_store(server.account, part=SMALL, attempts=10)

        def source() -> Iterator[bytes]:
            half = len(DATA) // 2
            yield DATA[:half]
            server.kill()
            back = threading.Timer(1.0, server.serve_again)
            back.start()
            yield DATA[half:]
            back.join()

        location = store.put("image", source()).location
        with store.open(location, verify=True) as reader:
            assert reader.read() == DATA


def test_quotas_of_radosgw(radosgw: Radosgw, make_store: MakeStore) -> None:
    store = make_store(radosgw.account, part=SMALL, bucket="quota")
    store.delete(store.put("first", b"").location)
    radosgw.quota(3 * SMALL)
    try:
        with pytest.raises(StoreFull, match="QuotaExceeded"):
            store.put("image", DATA)
        with pytest.raises(StoreFull):
            store.put("small", DATA[: SMALL - 1] * 4)
    finally:
        radosgw.quota(0)
    assert S3Witness(store._driver).names() == set()


def test_an_image_that_came_first_stays(either: Place) -> None:
    location = either.store.put("image", DATA).location
    with pytest.raises(AlreadyExists):
        either.store.put("image", DATA[:-1])
    either.store.delete(location)
