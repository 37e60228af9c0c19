"""Every refusal and every silence has its name, in time."""

import time

import pytest
from orlop.errors import BackendError, InvalidLocation, NotFound, PermissionDenied, StoreError, Unavailable
from orlop.store import Store

from servers.fault_origin import FaultOrigin, Faults, body
from servers.fault_proxy import FaultProxy, Way
from servers.ports import free_port
from tests.drivers.http.conftest import MakeStore

pytestmark = pytest.mark.server

HANG = 15.0
"""Seconds after which something hangs; what is measured takes about one."""


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, NotFound), (410, NotFound),
        (401, PermissionDenied), (403, PermissionDenied), (407, PermissionDenied),
        (408, Unavailable), (425, Unavailable), (429, Unavailable),
        (500, Unavailable), (502, Unavailable), (503, Unavailable), (504, Unavailable),
        (400, BackendError), (402, BackendError), (418, BackendError), (451, BackendError),
        (501, BackendError), (505, BackendError), (599, BackendError),
        (300, BackendError), (304, BackendError), (305, BackendError), (204, BackendError), (202, BackendError),
    ],
)  # fmt: skip
@pytest.mark.parametrize("operation", ["open", "stat"])
def test_statuses(
    make_store: MakeStore, origin: FaultOrigin, status: int, kind: type[StoreError], operation: str
) -> None:
    store = make_store(attempts=1)
    with pytest.raises(StoreError, match=str(status)) as caught:
        getattr(store, operation)(origin.url(1000, Faults(status=status, norange=True)))
    assert type(caught.value) is kind
    assert caught.value.operation == operation


def test_a_status_while_reading(store: Store, origin: FaultOrigin) -> None:
    with store.open(origin.url(100_000, Faults(status=404, after=1))) as reader, pytest.raises(NotFound):
        reader.read()


def test_503_then_well(store: Store, origin: FaultOrigin) -> None:
    with store.open(origin.url(100_000, Faults(status=503, times=2))) as reader:
        assert reader.read() == body(0, 100_000)
    with store.open(origin.url(100_000, Faults(status=503, after=1, times=2))) as reader:
        assert reader.read() == body(0, 100_000)


def test_always_503(store: Store, origin: FaultOrigin) -> None:
    with pytest.raises(Unavailable, match="asks to wait 7") as caught:
        store.open(origin.url(1000, Faults(status=503, retry_after="7")))
    assert len(origin.requests()) == store.settings.attempts
    assert "127.0.0.1" in str(caught.value)


def test_404_is_not_tried_again(store: Store, origin: FaultOrigin) -> None:
    with pytest.raises(NotFound):
        store.open(origin.url(1000, Faults(status=404)))
    assert not store.exists(origin.url(1000, Faults(status=404)))
    assert [request.method for request in origin.requests()] == ["GET", "HEAD", "GET"], "HEAD is not believed"


def test_no_answer(make_store: MakeStore, origin: FaultOrigin) -> None:
    store = make_store(attempts=2, read_timeout=0.3)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        store.open(origin.url(1000, Faults(delay=60)))
    with pytest.raises(Unavailable):
        store.stat(origin.url(1000, Faults(delay=60)))
    assert time.monotonic() - began < HANG


def test_the_store_deadline_holds_too(make_store: MakeStore, origin: FaultOrigin) -> None:
    store = make_store(attempts=1, deadline=1, read_timeout=8)
    began = time.monotonic()
    with pytest.raises(Unavailable, match=r"no answer within 1 s"):
        store.open(origin.url(1000, Faults(delay=10)))
    assert time.monotonic() - began < HANG


def test_silence_in_the_body(make_store: MakeStore, origin: FaultOrigin) -> None:
    store = make_store(attempts=1, read_timeout=0.3)
    began = time.monotonic()
    with store.open(origin.url(900_000, Faults(stall=500_000, norange=True))) as reader, pytest.raises(Unavailable):
        reader.read()
    assert time.monotonic() - began < HANG


def test_silence_in_the_body_is_continued(make_store: MakeStore, wire: FaultProxy) -> None:
    store = make_store(read_timeout=0.3)
    wire.set(down=Way(stall=300_000), connections=1)
    with store.open(f"http://127.0.0.1:{wire.port}/b/900000") as reader:
        assert reader.read() == body(0, 900_000)


def test_slow_is_not_silent(make_store: MakeStore, origin: FaultOrigin) -> None:
    store = make_store(attempts=1, read_timeout=1.5, deadline=2)
    with store.open(origin.url(125_000, Faults(rate=50_000))) as reader:
        assert reader.read() == body(0, 125_000)


@pytest.mark.parametrize(
    "faults",
    [
        Faults(hangup=True),
        Faults(hangup=True, reset=True),
        Faults(headcut=20),
        Faults(headcut=70),
        Faults(headcut=20, reset=True),
    ],
)
def test_no_whole_answer(make_store: MakeStore, origin: FaultOrigin, faults: Faults) -> None:
    with pytest.raises(Unavailable):
        make_store(attempts=1).open(origin.url(1000, faults))
    once = Faults(**{**vars(faults), "times": 1})
    with make_store().open(origin.url(1000, once)) as reader:
        assert reader.read() == body(0, 1000)


def test_a_kept_connection_that_died(store: Store, wire: FaultProxy) -> None:
    url = f"http://127.0.0.1:{wire.port}/b/50000"
    for _ in range(3):
        with store.open(url) as reader:
            assert reader.read() == body(0, 50_000)
        wire.kill()


def test_nobody_listens_and_nobody_is_called_so(make_store: MakeStore) -> None:
    store = make_store(attempts=1)
    with pytest.raises(Unavailable, match="refused"):
        store.open(f"http://127.0.0.1:{free_port()}/x")
    with pytest.raises(Unavailable, match="resolve"):
        store.open("http://nothing.invalid/x")


def test_plain_server_asked_by_tls(make_store: MakeStore, origin: FaultOrigin) -> None:
    began = time.monotonic()
    with pytest.raises((BackendError, Unavailable)):
        make_store(attempts=1, connect_timeout=0.5).open(f"https://127.0.0.1:{origin.port}/b/1000")
    assert time.monotonic() - began < HANG


def test_error_bodies_are_not_read(make_store: MakeStore, origin: FaultOrigin) -> None:
    # 202 has a body, here of a terabyte that comes slowly.
    began = time.monotonic()
    with pytest.raises(BackendError):
        make_store(attempts=1).open(origin.url(10**12, Faults(status=202, norange=True, rate=100_000)))
    assert time.monotonic() - began < HANG


@pytest.mark.parametrize(
    "location",
    ["http://", "http:///x", "http://:80/x", "http://host:port/x", "http://host:99999/x", "http://host:0/x", "http://[::1/x",
     "http://[::zz]/x", "http://[fe80::1%25eth0]/x", "http://ho st/x", "http://h%6Fst/x", "http://a..b/x", "http://host/\nx",
     "http://ho\tst/x", "http:host/x", "http://a%3Ab:c@host/x", "http://host/\ud800"],
)  # fmt: skip
def test_malformed(store: Store, location: str) -> None:
    for ask in (store.open, store.stat):
        with pytest.raises(InvalidLocation):
            ask(location)
