"""Each fault of the proxy, seen by a client."""

import hashlib
import http.client
import socket
import time
from collections.abc import Iterator

import pytest

from servers.fault_origin import FaultOrigin, body
from servers.fault_proxy import FaultProxy, Way

pytestmark = pytest.mark.server

SIZE = 1_000_000


@pytest.fixture
def proxy(origin: FaultOrigin) -> Iterator[FaultProxy]:
    with FaultProxy("127.0.0.1", origin.port) as started:
        yield started


def fetch(proxy: FaultProxy, size: int = SIZE, timeout: float = 10) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=timeout)
    try:
        connection.request("GET", f"/b/{size}")
        return connection.getresponse().read()
    finally:
        connection.close()


def send(proxy: FaultProxy, timeout: float = 10) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=timeout)
    try:
        connection.request("PUT", "/b/0", body=bytes(20_000_000))
        return connection.getresponse().status
    finally:
        connection.close()


def test_passes_bytes_unchanged(proxy: FaultProxy) -> None:
    assert fetch(proxy) == body(0, SIZE)
    assert send(proxy) == 201


def test_cut_down_by_fin_once(proxy: FaultProxy) -> None:
    proxy.set(down=Way(cut=500_000), connections=1)
    with pytest.raises(http.client.IncompleteRead) as cut:
        fetch(proxy)
    assert cut.value.partial == body(0, len(cut.value.partial))
    assert 499_000 < len(cut.value.partial) < 500_000
    assert fetch(proxy) == body(0, SIZE)


def test_cut_down_by_reset_until_cleared(proxy: FaultProxy) -> None:
    proxy.set(down=Way(cut=500_000), reset=True)
    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            fetch(proxy)
    proxy.clear()
    assert fetch(proxy) == body(0, SIZE)


@pytest.mark.parametrize("reset", [False, True])
def test_cut_up(proxy: FaultProxy, reset: bool) -> None:
    proxy.set(up=Way(cut=1_000_000), reset=reset, connections=1)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        send(proxy)
    assert send(proxy) == 201


def test_stall(proxy: FaultProxy) -> None:
    proxy.set(down=Way(stall=1000))
    with pytest.raises(TimeoutError):
        fetch(proxy, timeout=0.2)
    proxy.set(up=Way(stall=1_000_000))
    with pytest.raises(TimeoutError):
        send(proxy, timeout=0.2)


def test_flip(proxy: FaultProxy) -> None:
    proxy.set(down=Way(flip=100_000))
    data = fetch(proxy)
    assert sum(a != b for a, b in zip(data, body(0, SIZE), strict=True)) == 1


def test_rates(proxy: FaultProxy) -> None:
    proxy.set(down=Way(rate=2_000_000), up=Way(rate=40_000_000))
    for work in (fetch, send):
        begin = time.monotonic()
        work(proxy)
        assert 0.4 < time.monotonic() - begin < 30


def test_latency_lowers_no_throughput(proxy: FaultProxy) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    proxy.set(up=Way(latency=0.1), down=Way(latency=0.1))
    begin = time.monotonic()
    connection.request("GET", "/b/100000000")
    response = connection.getresponse()
    first = time.monotonic() - begin
    digest = hashlib.sha256()
    while piece := response.read(1 << 20):
        digest.update(piece)
    connection.close()
    assert first >= 0.2
    assert digest.hexdigest() == hashlib.sha256(body(0, 100_000_000)).hexdigest()
    # If each piece waited for the one before, this would take minutes.
    assert time.monotonic() - begin < 30


def test_a_window_lowers_throughput(proxy: FaultProxy) -> None:
    proxy.set(down=Way(latency=0.1, window=1 << 20))
    begin = time.monotonic()
    assert fetch(proxy, 6 << 20) == body(0, 6 << 20)
    # 1 MiB, and then one more for each time that word comes back, after 0.2 s.
    assert time.monotonic() - begin >= 1


def test_refuse(proxy: FaultProxy) -> None:
    proxy.set(refuse=True, connections=1)
    with pytest.raises(http.client.RemoteDisconnected):
        fetch(proxy)
    proxy.set(refuse=True, reset=True, connections=1)
    with pytest.raises(ConnectionResetError):
        fetch(proxy)
    with proxy.closed(), pytest.raises(ConnectionRefusedError):
        fetch(proxy)
    assert fetch(proxy) == body(0, SIZE)


def test_slow_to_connect(proxy: FaultProxy) -> None:
    proxy.set(connect=0.2)
    begin = time.monotonic()
    assert fetch(proxy, 1) == body(0, 1)
    assert time.monotonic() - begin >= 0.2


def test_server_away(proxy: FaultProxy, origin: FaultOrigin) -> None:
    origin.stop()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        fetch(proxy)


def test_kill_live_connections(proxy: FaultProxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as client:
        client.sendall(b"GET /b/5?stall=2 HTTP/1.1\r\n\r\n")
        while not client.recv(1000).endswith(body(0, 2)):
            pass
        assert proxy.kill() == 1
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_held_connections_go_on(proxy: FaultProxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=0.2) as client:
        with proxy.held():
            client.sendall(b"GET /b/5 HTTP/1.1\r\nConnection: close\r\n\r\n")
            with pytest.raises(TimeoutError):
                client.recv(1)
        client.settimeout(10)
        data = b"".join(iter(lambda: client.recv(1000), b""))
    assert data.endswith(body(0, 5))
