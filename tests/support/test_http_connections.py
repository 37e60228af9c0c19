"""Answers are whole, within limits, or errors; a connection ends with the call that waits for it."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import urllib3
from orlop.cancellation import Cancellation, within
from orlop.support import http_answers
from orlop.support.http_answers import answers_within, image_answers
from orlop.support.http_connections import POOLS
from urllib3.exceptions import HTTPError

from servers.liar import Talk, Talker, endlessly, says, silent

MakeServer = Callable[[Talk], Talker]


@pytest.fixture
def serving() -> Iterator[MakeServer]:
    with ExitStack() as made:
        yield lambda talk: made.enter_context(Talker(talk))


def manager() -> urllib3.PoolManager:
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=10, read=10))
    pool.pool_classes_by_scheme = dict(POOLS)
    return pool


def ask(server: Talker) -> urllib3.BaseHTTPResponse:
    return manager().urlopen(
        "GET", f"http://127.0.0.1:{server.port}/x", retries=False, redirect=False, preload_content=False
    )


WELL = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def test_interim_answers_are_passed_over(serving: MakeServer) -> None:
    hints = (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    )
    answer = ask(serving(says(hints, WELL)))
    assert (answer.status, answer.read()) == (200, b"hello")


def test_interim_answers_without_end(serving: MakeServer) -> None:
    with pytest.raises(HTTPError, match="interim answers"):
        ask(serving(endlessly(b"", b"HTTP/1.1 100 Continue\r\n\r\n")))


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nX: ", id="one header"),
        pytest.param(b"HTTP/1.1 ", id="the status line"),
        pytest.param(b"HTTP/1.1 100 Continue\r\nX: ", id="an interim answer"),
    ],
)
def test_a_head_without_end(serving: MakeServer, start: bytes) -> None:
    with pytest.raises(HTTPError, match=r"longer than|more than|LineTooLong"):
        ask(serving(endlessly(start, b"x" * 1000 + (b"" if b"X" not in start else b"\r\nX: "))))


def test_headers_without_end_stay_within_memory(serving: MakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("http.client._MAXHEADERS", 10**9)
    with pytest.raises(HTTPError, match=r"longer than"):
        ask(serving(endlessly(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 100)))


def test_a_head_that_trickles(serving: MakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_answers, "HEAD_SECONDS", 0.3)
    with pytest.raises(HTTPError, match=r"take longer than 0\.3 s"):
        ask(serving(endlessly(b"HTTP/1.1 200 OK\r\nX: ", b"y", wait=0.05)))


def test_a_silent_server_has_its_read_timeout(serving: MakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    # The clock of a head starts with its first byte: a slow completion is no slow head.
    monkeypatch.setattr(http_answers, "HEAD_SECONDS", 0.2)

    def late(connection: socket.socket) -> None:
        threading.Event().wait(0.6)
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        threading.Event().wait(0.6)
        connection.sendall(WELL)

    assert ask(serving(late)).read() == b"hello"


@pytest.mark.parametrize("cut", [b"HTTP/1.1 200 OK\r\nETag: 1\r\nContent-Le", b"HTTP/1.1 200 OK\r\nETag: 1\r\n"])
def test_a_head_that_is_cut(serving: MakeServer, cut: bytes) -> None:
    with pytest.raises(HTTPError):
        ask(serving(says(cut)))


def test_an_interim_head_that_is_cut(serving: MakeServer) -> None:
    with pytest.raises(HTTPError):
        ask(serving(says(b"HTTP/1.1 100 Continue\r\nX: 1\r\n")))


@pytest.mark.parametrize("line", [b"garbage\r\n", b"Content-Length : 5\r\n", b": none\r\n"])
def test_a_line_that_is_no_header(serving: MakeServer, line: bytes) -> None:
    # What stands behind it is lost, and may be the length of the image or its encoding.
    with pytest.raises(HTTPError, match="no header"):
        ask(serving(says(b"HTTP/1.1 200 OK\r\nX: 1\r\n" + line + b"Content-Length: 5\r\n\r\nhello")))


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"


def test_chunks_and_trailers(serving: MakeServer) -> None:
    server = serving(says(CHUNKED, b"6;x=y\r\n world\r\n", b"0\r\nDigest: 1\r\nOther: 2\r\n\r\n"))
    assert ask(server).read() == b"hello world"
    answer = ask(server)
    assert b"".join(answer.stream(3)) == b"hello world"
    answer = ask(server)
    assert b"".join(iter(lambda: answer.read1(4), b"")) == b"hello world"


@pytest.mark.parametrize("by", ["read", "stream", "read1"])
def test_trailers_without_end(serving: MakeServer, by: str) -> None:
    answer = ask(serving(endlessly(CHUNKED + b"0\r\n", b"X: y\r\n" * 50)))
    with pytest.raises((HTTPError, http_answers.ExcessiveAnswer), match="longer than"):
        if by == "read1":
            while answer.read1(1000):
                pass
        else:
            _ = list(answer.stream()) if by == "stream" else answer.read()


def test_trailers_that_trickle(serving: MakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_answers, "HEAD_SECONDS", 0.3)
    answer = ask(serving(endlessly(CHUNKED + b"0\r\n", b"X", wait=0.05)))
    with pytest.raises((HTTPError, http_answers.ExcessiveAnswer), match="take longer"):
        answer.read()


def test_small_chunks_are_no_trailers(serving: MakeServer) -> None:
    chunks = b"1\r\nx\r\n" * 3000
    answer = ask(serving(says(CHUNKED, chunks, b"0\r\n\r\n")))
    assert answer.read() == b"hello" + b"x" * 3000


# Answers that are no image


@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
def test_an_answer_that_is_no_image_is_limited(serving: MakeServer, framing: str) -> None:
    heads = {"chunked": b"Transfer-Encoding: chunked", "length": b"Content-Length: 9000000", "close": b"X: y"}
    piece = b"8000\r\n" + b" " * 0x8000 + b"\r\n" if framing == "chunked" else b" " * 0x8000
    server = serving(endlessly(b"HTTP/1.1 200 OK\r\n" + heads[framing] + b"\r\n\r\n", piece))
    with answers_within(1_000_000):
        answer = ask(server)
    with pytest.raises((HTTPError, http_answers.ExcessiveAnswer), match="longer than 1000000 bytes"):
        answer.read()
    answer.close()
    assert server.ended.acquire(timeout=20), "the connection is closed"


def test_an_error_is_limited_where_an_image_is_expected(serving: MakeServer) -> None:
    with image_answers():
        answer = ask(serving(endlessly(b"HTTP/1.1 500 X\r\n\r\n", b" " * 0x8000)))
    with pytest.raises((HTTPError, http_answers.ExcessiveAnswer), match="longer than"):
        answer.read()


BOMB = gzip.compress(bytes(1_000_000))


def test_what_is_no_image_is_not_decompressed(serving: MakeServer) -> None:
    head = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB)
    with pytest.raises(HTTPError, match="compressed"):
        ask(serving(says(b"HTTP/1.1 200 OK\r\n" + head, BOMB)))
    for context in (image_answers(), answers_within(1000)):
        with context:
            assert ask(serving(says(b"HTTP/1.1 500 X\r\n" + head, BOMB))).read(decode_content=True) == BOMB


def test_an_image_is_not_limited(serving: MakeServer) -> None:
    size = http_answers.DOCUMENT_BYTES + 5_000_000
    server = serving(says(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size, b"x" * size))
    with image_answers():
        answer = ask(server)
    assert sum(len(piece) for piece in answer.stream(1 << 20)) == size


@pytest.mark.parametrize("promise", [b"Content-Length: %d" % 10**15, b"Transfer-Encoding: chunked"])
def test_a_promise_takes_no_memory(serving: MakeServer, promise: bytes) -> None:
    # http.client would ask for all of it at once: a MemoryError.
    with image_answers():
        answer = ask(serving(says(b"HTTP/1.1 200 OK\r\n" + promise + b"\r\n\r\nffffffffffff\r\nabc")))
    with pytest.raises(HTTPError):
        answer.read()


def test_messages_name_the_server_and_no_class() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(HTTPError) as caught:
        manager().urlopen("GET", f"http://127.0.0.1:{port}/x", retries=False)
    assert str(caught.value).startswith(f"127.0.0.1:{port}: ")


# Calls that are given up


def given_up(server: Talker, work: Callable[[], object]) -> BaseException | None:
    """What `work` raises when its call is given up while it waits for the server."""
    call = Cancellation()
    raised: list[BaseException] = []

    def run() -> None:
        try:
            within(call, work)
        except BaseException as error:  # noqa: BLE001 - it is the result
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert server.asked.wait(20)
    call.cancel()
    thread.join(20)
    assert not thread.is_alive(), "it still waits"
    assert server.ended.acquire(timeout=20), "the server is told"
    return raised[0] if raised else None


def test_a_call_that_waits_for_an_answer_ends(serving: MakeServer) -> None:
    server = serving(silent)
    assert isinstance(given_up(server, lambda: ask(server)), HTTPError)


@pytest.mark.parametrize("framing", [b"Content-Length: 100", b"X: y", b"Transfer-Encoding: chunked"])
@pytest.mark.parametrize("by", ["read", "read1"])
def test_a_call_that_waits_for_the_body_ends_with_an_error(serving: MakeServer, framing: bytes, by: str) -> None:
    # Also where the end of the connection is the end of the body: it must not be taken for that.
    def say(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n")
        silent(connection)

    server = serving(say)
    raised = given_up(server, lambda: getattr(ask(server), by)())
    assert isinstance(raised, HTTPError | OSError)


def test_a_call_that_is_trickled_to_ends(serving: MakeServer) -> None:
    server = serving(endlessly(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x", wait=0.01))
    with image_answers():
        assert isinstance(given_up(server, lambda: ask(server).read()), HTTPError | OSError)


def test_a_call_that_sends_ends(serving: MakeServer) -> None:
    wait = threading.Event()

    def say(_: socket.socket) -> None:
        wait.wait(30)

    server = serving(say)
    body = b"x" * 100_000_000  # more than the buffers of both sides take

    def send() -> None:
        manager().urlopen("PUT", f"http://127.0.0.1:{server.port}/x", body=body, retries=False)

    call = Cancellation()
    raised: list[BaseException] = []

    def run() -> None:
        try:
            within(call, send)
        except BaseException as error:  # noqa: BLE001 - it is the result
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert server.asked.wait(20)
    call.cancel()
    thread.join(20)
    wait.set()
    assert not thread.is_alive()
    assert isinstance(raised[0], HTTPError)


def test_a_call_that_agrees_on_tls_ends(serving: MakeServer) -> None:
    # The server takes the beginning of the handshake and says nothing.
    server = serving(silent)
    raised = given_up(server, lambda: manager().urlopen("GET", f"https://127.0.0.1:{server.port}/x", retries=False))
    assert isinstance(raised, HTTPError)


def test_a_call_that_was_given_up_sends_nothing_more(serving: MakeServer) -> None:
    server = serving(says(WELL))
    call = Cancellation()
    call.cancel()
    with pytest.raises((HTTPError, OSError)):
        within(call, lambda: ask(server))


def test_a_kept_connection_is_not_shut_down_by_the_call_that_has_used_it(serving: MakeServer) -> None:
    def say(connection: socket.socket) -> None:
        while True:
            connection.sendall(WELL)
            if not connection.recv(65536):
                return

    server = serving(say)
    pool = manager()

    def get() -> bytes:
        return pool.urlopen("GET", f"http://127.0.0.1:{server.port}/x", retries=False).data

    first = Cancellation()
    assert within(first, get) == b"hello"
    first.cancel()
    assert within(Cancellation(), get) == b"hello"
    assert get() == b"hello"
    assert server.connections == 1
