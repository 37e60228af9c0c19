"""Each fault of the HTTP proxy, before an origin that is well."""

import time
from collections.abc import Iterator

import pytest
import urllib3
from urllib3.exceptions import HTTPError

from servers.fault_origin import FaultOrigin
from servers.fault_origin.content import plain
from servers.http_faults import Fault, HttpFaults
from servers.pki import Authority

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
    assert [one.status for one in proxy.seen("PUT")] == [201]


def test_the_nth_request_is_answered_otherwise(
    proxy: HttpFaults, http: urllib3.PoolManager, origin: FaultOrigin
) -> None:
    proxy.set(Fault(method="GET", nth=2, times=2, status=503, headers={"Retry-After": "1"}, body=b"later"))
    assert statuses(http, proxy, "PUT", 1) + statuses(http, proxy, "GET", 4) == [201, 200, 503, 503, 200]
    assert len(origin.requests()) == 3
    proxy.set(Fault(path="^/other", status=500), Fault(header="X-Mark", times=None, status=429))
    assert statuses(http, proxy, "GET", 1) == [200]
    assert http.request("GET", f"{proxy.base}/b/1", headers={"x-mark": "1"}).status == 429
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
