"""One hostile server takes the store from nobody else."""

from __future__ import annotations

import threading

import pytest
from orlop.errors import StoreError, Unavailable

from servers.liar import Liar, Talker, endlessly, head, honest
from tests.drivers.http.conftest import MakeStore

pytestmark = pytest.mark.server

DATA = b"hello"


MOVED = head(302, "Location: /x", "Content-Length: 60000")
CHUNKS = head(302, "Location: /x", "Transfer-Encoding: chunked")


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y"),
        (MOVED, b"x"),
        (CHUNKS, b"1\r\nx\r\n"),
        (CHUNKS + b"0\r\n", b"X: y\r\n"),
        (head(500, "Transfer-Encoding: chunked"), b"1\r\nx\r\n"),
    ],
    ids=["100", "a header", "a redirect", "a redirect in chunks", "trailers", "an error"],
)
def test_others_are_served_while_one_never_ends(make_store: MakeStore, first: bytes, then: bytes) -> None:
    store = make_store(attempts=1, deadline=5.0, read_timeout=30.0, hang_limit=1)
    with Talker(endlessly(first, then, wait=0.1)) as hostile, Liar(honest(DATA)) as good:
        for ask in (store.open, store.stat):
            with pytest.raises(StoreError):
                ask(hostile.url)
            assert store.open(good.url).read() == DATA
        # Each connection is ended: the server notices it, and no thread waits for it any more.
        for _ in range(2):
            assert hostile.ended.acquire(timeout=30)


def test_a_hang_is_counted_for_its_server_alone(make_store: MakeStore) -> None:
    store = make_store()
    driver = store._driver
    assert driver.server_of("http://Host.Example/x") == "host.example:80"
    assert driver.server_of("https://user:pw@host.example:8443/x?sig=1") == "host.example:8443"
    assert driver.server_of("http://[::1]:80/x") == "::1:80"


def test_what_is_refused_while_a_server_hangs(make_store: MakeStore) -> None:
    # A driver's thread that cannot be ended, as by a name server that does not answer.
    store = make_store(attempts=1, deadline=5.0, hang_limit=1)
    wait = threading.Event()
    driver = store._driver
    opened = driver.open

    def hanging(location: str) -> object:
        if "127.0.0.2" in location:
            wait.wait(60)
        return opened(location)

    driver.open = hanging  # type: ignore[method-assign,assignment]
    with Liar(honest(DATA)) as good:
        for reason in ("no answer within", "still hang"):
            with pytest.raises(Unavailable, match=reason):
                store.open("http://127.0.0.2:1/x")
        assert store.open(good.url).read() == DATA
    wait.set()
