"""Proxies: those of the settings, for their scheme, with their own password."""

import base64

import pytest
from orlop.errors import PermissionDenied, Unavailable
from orlop.store import Store

from servers.fault_origin import FaultOrigin, body
from servers.pki import Authority
from servers.ports import free_port
from tests.drivers.http.conftest import MakeStore
from tests.drivers.http.web_proxy import WebProxy

pytestmark = pytest.mark.server

PASSWORD = "Basic " + base64.b64encode(b"me:p@ss:word").decode()


def whole(store: Store, location: str) -> bytes:
    with store.open(location) as reader:
        return reader.read()


def test_http_is_forwarded(make_store: MakeStore, web_proxy: WebProxy, origin: FaultOrigin) -> None:
    store = make_store(proxies={"http": web_proxy.url})
    assert whole(store, origin.url(100_000)) == body(0, 100_000)
    assert [(one.method, one.target) for one in web_proxy.asked] == [("GET", origin.url(100_000))] * 2


def test_https_by_connect(
    make_store: MakeStore, web_proxy: WebProxy, secure: FaultOrigin, authority: Authority
) -> None:
    store = make_store(proxies={"https": web_proxy.url}, ca_file=authority.ca)
    url = secure.url(100_000)
    assert whole(store, url.replace("://", "://you:own@")) == body(0, 100_000)
    assert {(one.method, one.target) for one in web_proxy.asked} == {("CONNECT", f"127.0.0.1:{secure.port}")}
    assert all("authorization" not in one.headers for one in web_proxy.asked), "inside the tunnel only"
    assert "authorization" in secure.requests()[0].headers


def test_only_for_its_scheme(make_store: MakeStore, web_proxy: WebProxy, origin: FaultOrigin) -> None:
    assert whole(make_store(proxies={"https": web_proxy.url}), origin.url(10)) == body(0, 10)
    assert web_proxy.asked == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_password(
    make_store: MakeStore,
    web_proxy: WebProxy,
    origin: FaultOrigin,
    secure: FaultOrigin,
    authority: Authority,
    scheme: str,
) -> None:
    web_proxy.password = PASSWORD
    server = origin if scheme == "http" else secure
    proxy = web_proxy.url.replace("://", "://me:p@ss%3Aword@")
    assert whole(make_store(proxies={scheme: proxy}, ca_file=authority.ca), server.url(10)) == body(0, 10)
    assert all("proxy-authorization" not in request.headers for request in server.requests())
    with pytest.raises(PermissionDenied, match="407"):
        make_store(proxies={scheme: web_proxy.url}, ca_file=authority.ca).open(server.url(10))


def test_nobody_there(make_store: MakeStore, origin: FaultOrigin, secure: FaultOrigin) -> None:
    dead = f"http://me:p@ss%3Aword@127.0.0.1:{free_port()}"
    store = make_store(proxies={"http": dead, "https": dead}, attempts=1)
    for url in (origin.url(10), secure.url(10)):
        with pytest.raises(Unavailable, match="proxy") as caught:
            store.open(url)
        assert "p@ss" not in str(caught.value)


def test_those_of_the_environment_are_not_used(
    make_store: MakeStore,
    web_proxy: WebProxy,
    origin: FaultOrigin,
    secure: FaultOrigin,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, web_proxy.url)
    store = make_store(ca_file=authority.ca)
    assert whole(store, origin.url(10)) + whole(store, secure.url(10)) == body(0, 10) * 2
    assert web_proxy.asked == []
