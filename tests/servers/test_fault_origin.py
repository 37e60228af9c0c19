"""Each fault of the origin, seen by a client."""

import gzip
import http.client
import socket
import ssl
import time
from urllib.parse import urlsplit

import pytest

from servers.fault_origin import FaultOrigin, Faults, body
from servers.pki import Authority

pytestmark = pytest.mark.server

SIZE = 1_000_000


def get(
    url: str, method: str = "GET", headers: dict[str, str] | None = None, timeout: float = 10
) -> tuple[http.client.HTTPResponse, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", headers=headers or {})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_body_can_be_checked_in_slices() -> None:
    whole = body(0, 3_000_000)
    assert whole[12345:22345] == body(12345, 10000)
    assert whole[500:2_500_000] == body(500, 2_499_500)


def test_serves_everything_and_ranges(origin: FaultOrigin) -> None:
    response, data = get(origin.url(SIZE))
    assert (response.status, data) == (200, body(0, SIZE))
    for asked, start, end in (
        ("100-199", 100, 200),
        ("999990-", 999990, SIZE),
        ("-7", SIZE - 7, SIZE),
    ):
        response, data = get(origin.url(SIZE), headers={"Range": f"bytes={asked}"})
        assert (response.status, data) == (206, body(start, end - start))
        assert response.headers["Content-Range"] == f"bytes {start}-{end - 1}/{SIZE}"
    response, _ = get(origin.url(SIZE), headers={"Range": f"bytes={SIZE}-"})
    assert (response.status, response.headers["Content-Range"]) == (416, f"bytes */{SIZE}")


def test_head_keep_alive_and_the_list_of_requests(origin: FaultOrigin) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", origin.port, timeout=10)
    for method in ("HEAD", "GET"):
        connection.request(method, "/b/10", headers={"X-Mine": "yes"})
        response = connection.getresponse()
        assert response.headers["Content-Length"] == "10"
        response.read()
    connection.close()
    seen = origin.requests()
    assert [(r.method, r.target, r.connection) for r in seen] == [
        ("HEAD", "/b/10", 1), ("GET", "/b/10", 1),
    ]  # fmt: skip
    assert seen[0].headers["x-mine"] == "yes"
    origin.forget()
    assert origin.requests() == []


def test_upload_is_read(origin: FaultOrigin) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", origin.port, timeout=10)
    connection.request("PUT", "/b/0", body=b"x" * 100_000)
    assert connection.getresponse().status == 201
    connection.close()


def test_unknown_parameter_is_refused(origin: FaultOrigin) -> None:
    response, _ = get(f"{origin.base}/b/10?cutt=5")
    assert response.status == 400
    assert "cutt" in response.headers["X-Error"]


def test_cut_by_fin_then_well(origin: FaultOrigin) -> None:
    url = origin.url(SIZE, Faults(cut=300_000, times=1))
    with pytest.raises(http.client.IncompleteRead) as cut:
        get(url)
    assert cut.value.partial == body(0, 300_000)
    assert get(url)[1] == body(0, SIZE)


def test_cut_by_reset_comes_after_the_bytes(origin: FaultOrigin) -> None:
    with socket.create_connection(("127.0.0.1", origin.port), timeout=10) as client:
        client.sendall(b"GET /b/1000000?cut=200000&reset=1 HTTP/1.1\r\n\r\n")
        pieces: list[bytes] = []
        with pytest.raises(ConnectionResetError):
            pieces.extend(iter(lambda: client.recv(65536), b""))
    assert b"".join(pieces).partition(b"\r\n\r\n")[2] == body(0, 200_000)


@pytest.mark.parametrize("faults", [Faults(chunked=True), Faults(nolength=True)])
def test_size_unknown(origin: FaultOrigin, faults: Faults) -> None:
    response, data = get(origin.url(SIZE, faults))
    assert response.headers["Content-Length"] is None
    assert data == body(0, SIZE)


def test_chunked_cut_and_bad_chunk(origin: FaultOrigin) -> None:
    with pytest.raises(http.client.IncompleteRead):
        get(origin.url(SIZE, Faults(chunked=True, cut=70_000)))
    with pytest.raises((http.client.IncompleteRead, ValueError)):
        get(origin.url(SIZE, Faults(badchunk=70_000)))


def test_empty_chunked_body(origin: FaultOrigin) -> None:
    assert get(origin.url(0, Faults(chunked=True)))[1] == b""


def test_wrong_length(origin: FaultOrigin) -> None:
    with pytest.raises(http.client.IncompleteRead):
        get(origin.url(1000, Faults(length="2000")))
    assert get(origin.url(1000, Faults(length="500")))[1] == body(0, 500)
    assert get(origin.url(1000, Faults(length="abc")))[0].headers["Content-Length"] == "abc"


def test_extra_bytes(origin: FaultOrigin) -> None:
    with socket.create_connection(("127.0.0.1", origin.port), timeout=10) as client:
        client.sendall(b"GET /b/1000?extra=10 HTTP/1.1\r\n\r\n")
        data = b"".join(iter(lambda: client.recv(65536), b""))
    assert data.partition(b"\r\n\r\n")[2] == body(0, 1010)


def test_status_then_well(origin: FaultOrigin) -> None:
    url = origin.url(10, Faults(status=503, times=2, retry_after="1"))
    answers = [get(url)[0] for _ in range(3)]
    assert [answer.status for answer in answers] == [503, 503, 200]
    assert [answer.headers["Retry-After"] for answer in answers] == ["1", "1", None]


def test_well_then_status_and_only_one_method(origin: FaultOrigin) -> None:
    url = origin.url(10, Faults(status=500, after=1, only="GET"))
    assert [get(url, m)[0].status for m in ("HEAD", "GET", "HEAD", "GET", "HEAD")] == [
        200, 200, 200, 500, 200,
    ]  # fmt: skip


def test_shared_key(origin: FaultOrigin) -> None:
    first = origin.url(10, Faults(status=500, times=1, key="a"))
    second = origin.url(20, Faults(status=500, times=1, key="a"))
    assert [get(first)[0].status, get(second)[0].status] == [500, 200]


def test_redirect(origin: FaultOrigin) -> None:
    for status in (301, 302, 303, 307, 308):
        target = "http://localhost:1/a?b=c&d=%20"
        answer, _ = get(origin.url(10, Faults(status=status, location=target)))
        assert (answer.status, answer.headers["Location"]) == (status, target)


def test_delay_stall_and_rate(origin: FaultOrigin) -> None:
    with pytest.raises(TimeoutError):
        get(origin.url(10, Faults(delay=30)), timeout=0.2)
    with pytest.raises(TimeoutError):
        get(origin.url(10, Faults(stall=5)), timeout=0.2)
    begin = time.monotonic()
    assert get(origin.url(10, Faults(stall=5, stall_for=0.2)))[1] == body(0, 10)
    assert 0.15 < time.monotonic() - begin < 30
    begin = time.monotonic()
    assert get(origin.url(SIZE, Faults(rate=2_000_000)))[1] == body(0, SIZE)
    assert 0.35 < time.monotonic() - begin < 30


def test_no_range_and_wrong_ranges(origin: FaultOrigin) -> None:
    asked = {"Range": "bytes=10-19"}
    answer, data = get(origin.url(100, Faults(norange=True)), headers=asked)
    assert (answer.status, len(data)) == (200, 100)
    for bad, said in (("shift", "bytes 11-20/100"), ("bytes 0-9/100", "bytes 0-9/100"), ("", None)):
        answer, data = get(origin.url(100, Faults(badrange=bad)), headers=asked)
        assert (answer.status, answer.headers["Content-Range"]) == (206, said)
        assert data == body(10, 10)


def test_if_range(origin: FaultOrigin) -> None:
    url = origin.url(100, Faults(etag="a"))
    for tag, status in (('"a"', 206), ('"b"', 200)):
        assert get(url, headers={"Range": "bytes=1-2", "If-Range": tag})[0].status == status


def test_head_cut_and_hang_up(origin: FaultOrigin) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        get(origin.url(10, Faults(hangup=True)))
    with pytest.raises(ConnectionResetError):
        get(origin.url(10, Faults(hangup=True, reset=True)))
    response, _ = get(origin.url(10, Faults(headcut=25)))
    assert response.headers["Content-Length"] is None
    with pytest.raises(ConnectionResetError):
        get(origin.url(10, Faults(headcut=25, reset=True)))


def test_corrupt_byte(origin: FaultOrigin) -> None:
    url = origin.url(SIZE, Faults(corrupt=500_000))
    whole = get(url)[1]
    assert [i for i in range(SIZE) if whole[i] != body(i, 1)[0]] == [500_000]
    part = get(url, headers={"Range": "bytes=499999-500000"})[1]
    assert part == whole[499_999:500_001]


def test_headers(origin: FaultOrigin) -> None:
    date = "Mon, 01 Jan 2024 00:00:00 GMT"
    faults = Faults(etag="a", etag_after=1, etag_then="b", modified=date, header=("X-A: 1", "X-B: 2"))
    answers = [get(origin.url(10, faults))[0].headers for _ in range(2)]
    assert [answer["ETag"] for answer in answers] == ['"a"', '"b"']
    assert (answers[0]["Last-Modified"], answers[0]["X-A"], answers[0]["X-B"]) == (date, "1", "2")


def test_gzip_unasked_and_head_refused(origin: FaultOrigin) -> None:
    answer, data = get(origin.url(SIZE, Faults(gzip=True)))
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(data) == body(0, SIZE)
    url = origin.url(10, Faults(nohead=True))
    assert [get(url, "HEAD")[0].status, get(url)[0].status] == [405, 200]


def test_tls(authority: Authority) -> None:
    with FaultOrigin(authority.server) as origin:
        for reset in (False, True):
            connection = http.client.HTTPSConnection(
                "127.0.0.1", origin.port, context=authority.client_context(), timeout=10
            )
            connection.request("GET", f"/b/{SIZE}?cut=300000" + ("&reset=1" if reset else ""))
            with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
                connection.getresponse().read()
            connection.close()
        stranger = http.client.HTTPSConnection(
            "127.0.0.1", origin.port, context=ssl.create_default_context(), timeout=10
        )
        with pytest.raises(ssl.SSLCertVerificationError):
            stranger.request("GET", "/b/1")
        stranger.close()
