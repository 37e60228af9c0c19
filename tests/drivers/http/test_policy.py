"""A location can make this machine talk to the servers it may talk to, and to no others."""

import socket
from typing import Any

import pytest
from orlop.drivers.http import addresses
from orlop.errors import InvalidLocation, PermissionDenied

from servers.fault_origin import FaultOrigin, Faults, body
from servers.pki import Authority
from tests.drivers.http.conftest import MakeStore
from tests.drivers.http.nginx import SIZE, Nginx

pytestmark = pytest.mark.server


@pytest.fixture
def public_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.2 plays a public address, to have one here."""
    real = addresses.is_public
    monkeypatch.setattr(addresses, "is_public", lambda text: text == "127.0.0.2" or real(text))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """Answers of the name server, by name: one after the other, the last one for ever."""
    known: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def resolve(host: Any, port: Any, *more: Any, **options: Any) -> Any:
        if host not in known:
            return real(host, port, *more, **options)
        answers = known[host].pop(0) if len(known[host]) > 1 else known[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answers]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "0", "LOCALHOST.", "169.254.169.254", "10.0.0.1",
        "100.64.0.1", "224.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fd00::1]",
        "[fe80::1]",
    ],
)  # fmt: skip
def test_private_hosts_are_refused(make_store: MakeStore, origin: FaultOrigin, host: str) -> None:
    store = make_store(refuse_private=True, attempts=1)
    for ask in (store.open, store.stat):
        for scheme in ("http", "https"):
            with pytest.raises(PermissionDenied, match="refuse_private"):
                ask(f"{scheme}://{host}:{origin.port}/b/10")
    assert origin.requests() == []


def test_private_is_allowed_by_default(make_store: MakeStore, origin: FaultOrigin) -> None:
    assert make_store().open(f"http://localhost:{origin.port}/b/10").read() == body(0, 10)


@pytest.mark.usefixtures("public_two")
def test_private_after_a_redirect(make_store: MakeStore, nginx: Nginx, origin: FaultOrigin) -> None:
    store = make_store(refuse_private=True)
    public = f"http://127.0.0.2:{nginx.port}"
    with store.open(f"{public}/to/?url=/disk") as reader:
        assert reader.read() == body(0, SIZE)
    for target in (
        origin.url(10),
        f"http://localhost:{origin.port}/b/10",
        f"http://2130706433:{origin.port}/b/10",
    ):
        for ask in (store.open, store.stat):
            with pytest.raises(PermissionDenied, match="refuse_private"):
                ask(f"{public}/to/?url={target}")
    assert origin.requests() == []


@pytest.mark.usefixtures("public_two")
def test_the_checked_address_is_the_one_connected_to(
    make_store: MakeStore, nginx: Nginx, origin: FaultOrigin, names: dict[str, list[list[str]]]
) -> None:
    names["rebinding.test"] = [["127.0.0.2"], ["127.0.0.1"]]
    with make_store(refuse_private=True).open(f"http://rebinding.test:{nginx.port}/disk") as reader:
        assert reader.read() == body(0, SIZE)
    names["both.test"] = [["127.0.0.1", "127.0.0.2"]]
    with pytest.raises(Exception, match="refused"):  # nobody listens there at the public address
        make_store(refuse_private=True, attempts=1).open(f"http://both.test:{origin.port}/b/10")
    assert origin.requests() == []


@pytest.mark.usefixtures("public_two")
def test_the_certificate_is_for_the_name(
    make_store: MakeStore, nginx: Nginx, authority: Authority, names: dict[str, list[list[str]]]
) -> None:
    names["localhost"] = names["other.test"] = [["127.0.0.2"]]
    store = make_store(refuse_private=True, ca_file=authority.ca)
    with store.open(f"{nginx.tls_base}/disk") as reader:
        assert reader.read() == body(0, SIZE)
    with pytest.raises(Exception, match="not trusted"):
        store.open(f"https://other.test:{nginx.tls_port}/disk")


def test_only_named_hosts(make_store: MakeStore, origin: FaultOrigin, other: FaultOrigin) -> None:
    store = make_store(hosts=["localhost", "*.example.org"])
    local = f"http://localhost:{origin.port}/b/10"
    assert store.open(local).read() == body(0, 10)
    for refused in (
        origin.url(10),
        "http://example.org/x",
        "http://badexample.org/x",
        "http://example.org.evil.test/x",
    ):
        for ask in (store.open, store.stat):
            with pytest.raises(InvalidLocation, match="does not talk to"):
                ask(refused)
    away = f"http://localhost:{origin.port}/b/1?{Faults(status=302, location=other.url(10)).query()}"
    for ask in (store.open, store.stat):
        with pytest.raises(PermissionDenied, match=r"redirects to 127\.0\.0\.1.*hosts"):
            ask(away)
    assert other.requests() == []


def test_the_host_of_url_is_allowed(make_store: MakeStore, origin: FaultOrigin) -> None:
    store = make_store(url=origin.base, hosts=["images.example.org"])
    assert store.open(origin.url(10)).read() == body(0, 10)
    with pytest.raises(InvalidLocation):
        store.open(f"http://localhost:{origin.port}/b/10")
