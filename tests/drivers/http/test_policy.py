"""A location can make this machine talk to the servers it may talk to, and to no others."""

import socket
from typing import Any

import pytest
from orlop.drivers.http import addresses
from orlop.drivers.http.address_kinds import Kind, kind_of
from orlop.drivers.http.settings import HttpSettings
from orlop.errors import InvalidLocation, PermissionDenied
from orlop.store import Store

from servers.fault_origin import FaultOrigin, Faults, body
from servers.pki import Authority
from tests.drivers.http.conftest import MakeStore
from tests.drivers.http.nginx import SIZE, Nginx
from tests.drivers.http.web_proxy import WebProxy

pytestmark = pytest.mark.server


@pytest.fixture
def public_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.2 plays a public address, and 127.0.0.3 one of a private network, to have them here."""
    played = {"127.0.0.2": Kind.PUBLIC, "127.0.0.3": Kind.PRIVATE}
    monkeypatch.setattr(addresses, "kind_of", lambda text: played.get(text) or kind_of(text))


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


# Redirects


@pytest.fixture
def guarded(make_store: MakeStore) -> Store:
    return make_store(guard_redirects=True, attempts=1)


PUBLIC, PRIVATE, LOCAL = "127.0.0.2", "127.0.0.3", "127.0.0.1"
"""As `public_two` has them played."""


def leading(nginx: Nginx, host: str, target: str) -> str:
    """A location at this host that redirects to `target`."""
    return f"http://{host}:{nginx.port}/to/?url={target}"


@pytest.mark.usefixtures("public_two")
@pytest.mark.parametrize("start", [PUBLIC, PRIVATE, LOCAL])
@pytest.mark.parametrize("target", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "169.254.169.254"])
def test_a_redirect_to_this_machine_is_not_followed(
    guarded: Store, nginx: Nginx, origin: FaultOrigin, start: str, target: str
) -> None:
    for ask in (guarded.open, guarded.stat):
        with pytest.raises(PermissionDenied, match="guard_redirects"):
            ask(leading(nginx, start, f"http://{target}:{origin.port}/b/10"))
    assert origin.requests() == []


@pytest.mark.parametrize(
    "target", ["[::1]", "[::ffff:127.0.0.1]", "[fe80::1]", "[64:ff9b::a9fe:a9fe]", "[fd00:ec2::254]"]
)
def test_a_redirect_to_this_machine_by_ipv6_is_not_followed(guarded: Store, origin: FaultOrigin, target: str) -> None:
    for ask in (guarded.open, guarded.stat):
        with pytest.raises(PermissionDenied, match="guard_redirects"):
            ask(origin.url(1, Faults(status=302, location=f"http://{target}:{origin.port}/b/10")))
    assert {request.target.rpartition("/")[2].partition("?")[0] for request in origin.requests()} == {"1"}


@pytest.mark.usefixtures("public_two")
def test_a_redirect_from_a_public_to_a_private_server_is_not_followed(guarded: Store, nginx: Nginx) -> None:
    for ask in (guarded.open, guarded.stat):
        with pytest.raises(PermissionDenied, match="from a public server"):
            ask(leading(nginx, PUBLIC, f"http://{PRIVATE}:{nginx.port}/disk"))


@pytest.mark.usefixtures("public_two")
@pytest.mark.parametrize(
    ("start", "target"), [(PRIVATE, PRIVATE), (PRIVATE, PUBLIC), (PUBLIC, PUBLIC), (LOCAL, PUBLIC)]
)
def test_a_redirect_elsewhere_is_followed(guarded: Store, nginx: Nginx, start: str, target: str) -> None:
    with guarded.open(leading(nginx, start, f"http://{target}:{nginx.port}/disk")) as reader:
        assert reader.read() == body(0, SIZE), "each range is asked where the redirect led"
    assert guarded.stat(leading(nginx, start, f"http://{target}:{nginx.port}/disk")).size == SIZE


@pytest.mark.usefixtures("public_two")
@pytest.mark.parametrize("start", [PUBLIC, PRIVATE, LOCAL])
def test_a_server_may_redirect_to_itself(guarded: Store, nginx: Nginx, start: str) -> None:
    with guarded.open(leading(nginx, start, "/disk")) as reader:
        assert reader.read() == body(0, SIZE)


@pytest.mark.usefixtures("public_two")
def test_back_into_the_private_network_by_a_public_server(guarded: Store, nginx: Nginx) -> None:
    back = f"http://{PUBLIC}:{nginx.port}/to/?url=http://{PRIVATE}:{nginx.port}/disk"
    with pytest.raises(PermissionDenied, match="from a public server"):
        guarded.open(leading(nginx, PRIVATE, back))


@pytest.mark.usefixtures("public_two")
def test_a_redirect_by_a_name_with_two_addresses(
    guarded: Store, nginx: Nginx, names: dict[str, list[list[str]]]
) -> None:
    names["both.test"] = [[LOCAL, PRIVATE, PUBLIC]]
    names["inner.test"] = [[LOCAL, PRIVATE]]
    with guarded.open(leading(nginx, PUBLIC, f"http://both.test:{nginx.port}/disk")) as reader:
        assert reader.read() == body(0, SIZE)
    with pytest.raises(PermissionDenied, match="from a public server"):
        guarded.open(leading(nginx, PUBLIC, f"http://inner.test:{nginx.port}/disk"))


@pytest.mark.usefixtures("public_two")
def test_a_redirect_to_a_name_that_changes_its_address(
    guarded: Store, nginx: Nginx, names: dict[str, list[list[str]]]
) -> None:
    # The second request would find another address, of this machine: it is checked like the first.
    names["rebinding.test"] = [[PUBLIC], [LOCAL]]
    target = f"http://rebinding.test:{nginx.port}/disk"
    with guarded.open(leading(nginx, PUBLIC, target)) as reader:
        assert reader.read(10) == body(0, 10)
    guarded._driver.close()
    with pytest.raises(PermissionDenied, match="guard_redirects"):
        guarded.open(leading(nginx, PUBLIC, target))


@pytest.mark.usefixtures("public_two")
def test_a_connection_of_the_first_request_is_not_used_for_a_redirect(guarded: Store, nginx: Nginx) -> None:
    direct = f"http://{LOCAL}:{nginx.port}/disk"
    assert guarded.open(direct).read() == body(0, SIZE)  # its connection is kept
    with pytest.raises(PermissionDenied):
        guarded.open(leading(nginx, PUBLIC, direct))


def test_the_guard_is_on_unless_it_is_switched_off() -> None:
    assert HttpSettings().guard_redirects


def test_through_a_proxy_an_address_in_a_url_is_checked(
    make_store: MakeStore, web_proxy: WebProxy, nginx: Nginx, origin: FaultOrigin
) -> None:
    store = make_store(guard_redirects=True, attempts=1, proxies={"http": web_proxy.url})
    with pytest.raises(PermissionDenied, match="guard_redirects"):
        store.open(leading(nginx, LOCAL, origin.url(10)))
    assert origin.requests() == []


@pytest.mark.parametrize(
    ("rules", "followed"),
    [
        ({}, True),
        ({"allowed_schemes": ["http"]}, True),
        ({"allowed_schemes": ["https"]}, False),
        ({"disallowed_schemes": ["http"]}, False),
        ({"allowed_hosts": ["127.0.0.1"]}, True),
        ({"allowed_hosts": ["example.org"]}, False),
        ({"disallowed_hosts": ["127.0.0.1"]}, False),
        ({"allowed_hosts": ["127.0.0.1"], "disallowed_hosts": ["127.0.0.1"]}, True),
        ({"allowed_ports": [80, 443]}, False),
        ({"allowed_ports": ["PORT"]}, True),
        ({"disallowed_ports": ["PORT"]}, False),
    ],
)
def test_the_filter_holds_for_each_redirect(
    make_store: MakeStore, origin: FaultOrigin, other: FaultOrigin, rules: dict[str, list[Any]], followed: bool
) -> None:
    told = {key: [other.port if one == "PORT" else one for one in values] for key, values in rules.items()}
    store = make_store(redirect_filter=told, attempts=1)
    url = origin.url(1, Faults(status=302, location=other.url(10)))
    if followed:
        assert store.open(url).read() == body(0, 10)
    else:
        for ask in (store.open, store.stat):
            with pytest.raises(PermissionDenied, match="redirect_filter"):
                ask(url)
        assert other.requests() == []
    assert store.open(origin.url(10)).read() == body(0, 10), "a first URL is not held against it"
