"""Each fault of the HTTP proxy, before an origin that is well."""

import contextlib
import gc
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import urllib3
from urllib3.exceptions import HTTPError

from servers.fault_origin import FaultOrigin
from servers.fault_origin.content import plain
from servers.http_faults import Fault, HttpFaults
from servers.pki import Authority
from tests.drivers.asked import asked

SIZE = 1_000_000
DATA = plain(SIZE).read(0, SIZE)


@pytest.fixture
def proxy(origin: FaultOrigin) -> Iterator[HttpFaults]:
    with HttpFaults("127.0.0.1", origin.port) as started:
        yield started


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False, timeout=10) as pool:
        yield pool


def statuses(http: urllib3.PoolManager, proxy: HttpFaults, method: str, count: int) -> list[int]:
    return [http.request(method, f"{proxy.base}/b/10").status for _ in range(count)]


def test_what_has_no_fault_passes_on_one_connection(proxy: HttpFaults, http: urllib3.PoolManager) -> None:
    assert http.request("GET", f"{proxy.base}/b/{SIZE}").data == DATA
    assert http.request("HEAD", f"{proxy.base}/b/{SIZE}").headers["Content-Length"] == str(SIZE)
    assert http.request("PUT", f"{proxy.base}/b/{SIZE}", body=DATA).status == 201
    assert http.request("GET", f"{proxy.base}/b/{SIZE}?chunked=1").data == DATA
    assert http.request("GET", f"{proxy.base}/b/{SIZE}?nolength=1").data == DATA
    assert proxy.connections() == 1
    assert [one.status for one in asked(proxy, "PUT")] == [201]


def test_the_nth_request_is_answered_otherwise(
    proxy: HttpFaults, http: urllib3.PoolManager, origin: FaultOrigin
) -> None:
    proxy.set(Fault(method="GET", nth=2, times=2, status=503, headers={"Retry-After": "1"}, body=b"later"))
    assert statuses(http, proxy, "PUT", 1) + statuses(http, proxy, "GET", 4) == [201, 200, 503, 503, 200]
    assert len(origin.requests()) == 3
    proxy.set(Fault(path="^/other", status=500), Fault(header="X-Mark", times=None, status=429))
    assert statuses(http, proxy, "GET", 1) == [200]
    assert http.request("GET", f"{proxy.base}/b/1", headers={"x-mark": "1"}).status == 429
    assert len(asked(proxy)) == 7
    proxy.clear()
    assert proxy.seen() == []


def test_an_answer_is_lost_after_the_deed(proxy: HttpFaults, http: urllib3.PoolManager, origin: FaultOrigin) -> None:
    proxy.set(Fault(method="PUT", status=500, after=True))
    assert http.request("PUT", f"{proxy.base}/b/3", body=b"abc").status == 500
    assert [one.method for one in origin.requests()] == ["PUT"]


def test_a_request_without_a_header_is_answered_otherwise(proxy: HttpFaults, http: urllib3.PoolManager) -> None:
    proxy.set(Fault(method="PUT", lacks=("X-Mark", "X-Other"), times=None, status=400))
    answers = [http.request("PUT", f"{proxy.base}/b/1", body=b"a", headers=more) for more in ({}, {"x-other": "1"})]
    assert [one.status for one in answers] == [400, 201]


@pytest.mark.parametrize("body", [b"", b"<begin>"])
def test_an_answer_without_end_goes_on_until_the_client_leaves(
    proxy: HttpFaults, http: urllib3.PoolManager, body: bytes
) -> None:
    proxy.set(Fault(status=200, endless=True, body=body))
    answer = http.request("GET", f"{proxy.base}/b/1", preload_content=False)
    begin = answer.read(8 * SIZE)
    assert begin == body + b" " * (8 * SIZE - len(body))
    answer.close()
    assert http.request("HEAD", f"{proxy.base}/b/1").status == 200
    proxy.set(Fault(status=404, endless=True))
    assert http.request("HEAD", f"{proxy.base}/b/1").status == 404


def test_headers_are_changed(proxy: HttpFaults, http: urllib3.PoolManager) -> None:
    proxy.set(Fault(changed={"ETag": '"other"', "accept-ranges": None}))
    answer = http.request("GET", f"{proxy.base}/b/10?etag=right")
    assert (answer.headers["ETag"], answer.headers.get("Accept-Ranges")) == ('"other"', None)


def test_a_byte_is_changed(proxy: HttpFaults, http: urllib3.PoolManager) -> None:
    proxy.set(Fault(flip=7))
    got = http.request("GET", f"{proxy.base}/b/10").data
    assert [at for at in range(10) if got[at] != DATA[at]] == [7]


def test_a_request_is_cut(proxy: HttpFaults, http: urllib3.PoolManager, origin: FaultOrigin) -> None:
    proxy.set(Fault(method="PUT", cut_request=SIZE // 2))
    with pytest.raises(HTTPError):
        http.request("PUT", f"{proxy.base}/b/{SIZE}", body=DATA)
    assert http.request("PUT", f"{proxy.base}/b/{SIZE}", body=DATA).status == 201


def test_an_answer_is_cut(proxy: HttpFaults, http: urllib3.PoolManager) -> None:
    proxy.set(Fault(cut_answer=1000))
    answer = http.request("GET", f"{proxy.base}/b/{SIZE}", preload_content=False)
    got = b""
    with pytest.raises(HTTPError):
        while piece := answer.read1(300):
            got += piece
    assert got == DATA[:1000]
    proxy.set(Fault(cut_head=5))
    with pytest.raises(HTTPError):
        http.request("GET", f"{proxy.base}/b/{SIZE}")


def test_slow_ones_arrive(proxy: HttpFaults, http: urllib3.PoolManager) -> None:
    proxy.set(Fault(delay=0.05, lag=0.05, up=1e8, down=1e8, times=None))
    assert http.request("PUT", f"{proxy.base}/b/{SIZE}", body=DATA).status == 201
    assert http.request("GET", f"{proxy.base}/b/{SIZE}").data == DATA


def test_a_deed_whose_client_has_left_is_under_way(
    proxy: HttpFaults, http: urllib3.PoolManager, origin: FaultOrigin
) -> None:
    proxy.set(Fault(method="PUT", delay=1.0))
    with pytest.raises(HTTPError):
        http.request("PUT", f"{proxy.base}/b/3", body=b"abc", timeout=0.2)
    assert (proxy.busy(), origin.requests()) == (1, [])
    while proxy.busy():
        time.sleep(0.01)
    assert [one.method for one in origin.requests()] == ["PUT"]


def test_it_is_a_tls_end(origin: FaultOrigin, authority: Authority) -> None:
    with (
        HttpFaults("127.0.0.1", origin.port, authority.server.server_context()) as proxy,
        urllib3.PoolManager(retries=False, timeout=10, ssl_context=authority.client_context()) as http,
    ):
        assert http.request("GET", f"{proxy.base}/b/{SIZE}").data == DATA


class OneAtATime(HTTPServer):
    """A server that serves one connection, to its end, before it looks at the next."""

    class Answering(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "-1")))
            self.server.stored.append(body)  # type: ignore[attr-defined]
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), self.Answering)
        self.stored: list[bytes] = []

    def handle_error(self, *_: object) -> None:
        """A client that has gone is nothing to tell."""


@pytest.fixture
def one_at_a_time() -> Iterator[OneAtATime]:
    with OneAtATime() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def closed(client: socket.socket) -> None:
    client.close()


def half_closed(client: socket.socket) -> None:
    client.shutdown(socket.SHUT_WR)


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


HEAD = b"PUT /b/half HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"


@pytest.mark.parametrize("leave", [closed, half_closed, reset])
@pytest.mark.parametrize(
    "sent",
    [HEAD[:12], HEAD, HEAD + b"\r\nhello", b"PUT /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"],
    ids=["first line", "head", "body", "chunk"],
)
def test_a_client_that_leaves_in_the_middle_of_its_request_leaves_the_server_free(
    one_at_a_time: OneAtATime, http: urllib3.PoolManager, leave: Callable[[socket.socket], None], sent: bytes
) -> None:
    with HttpFaults("127.0.0.1", one_at_a_time.server_port) as proxy:
        with socket.create_connection(("127.0.0.1", proxy.port)) as client:
            client.sendall(sent)
            while b"\r\n\r\n" in sent and not proxy.busy():
                time.sleep(0.01)
            leave(client)
            assert http.request("PUT", f"{proxy.base}/b/1", body=b"whole").status == 201
        assert one_at_a_time.stored[-1] == b"whole"
        assert b"" not in one_at_a_time.stored, "a request whose head was cut has arrived as a whole one"


@pytest.mark.parametrize(
    "said", [b"<!DOCTYPE HTML>\n\n", b"HTTP/1.1 well\r\n\r\n", b"HTTP/1.1 200 OK\r\nETag: 1", b"\0\r\n\r\n"]
)
def test_an_answer_that_is_no_http_ends_the_connection_and_nothing_else(
    http: urllib3.PoolManager, caplog: pytest.LogCaptureFixture, said: bytes
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(said)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with HttpFaults("127.0.0.1", listening.getsockname()[1]) as proxy:
            with pytest.raises(HTTPError):
                http.request("GET", f"{proxy.base}/b/1")
            thread.join()
    gc.collect()
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []


def test_a_request_that_is_no_http_ends_its_connection_and_nothing_else(
    proxy: HttpFaults, http: urllib3.PoolManager, caplog: pytest.LogCaptureFixture
) -> None:
    chunk = b"PUT /b/1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n"
    for sent in (b"\0\r\n\r\n", b"\r\n", chunk):
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as client:
            client.sendall(sent)
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(1) == b""
    assert http.request("GET", f"{proxy.base}/b/10").status == 200
    gc.collect()
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []
