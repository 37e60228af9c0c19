"""Redirects are followed, five of them, and never to where this store does not go."""

from typing import Any

import pytest
from orlop.errors import BackendError, Mismatch, PermissionDenied
from orlop.store import Store

from servers.fault_origin import FaultOrigin, Faults, body
from servers.fault_proxy import FaultProxy, Way
from tests.drivers.http.conftest import MakeStore
from tests.drivers.http.nginx import SIZE, Nginx

pytestmark = pytest.mark.server


def to(origin: FaultOrigin, location: str, status: int = 302) -> str:
    return origin.url(1, Faults(status=status, location=location))


def elsewhere(store: Store, location: str) -> object:
    """What a blob takes for its place when its location leads there."""
    driver: Any = store._driver
    return driver._client.place(location)


def whole(store: Store, location: str) -> bytes:
    with store.open(location) as reader:
        return reader.read()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_each_kind(store: Store, origin: FaultOrigin, other: FaultOrigin, status: int) -> None:
    url = to(origin, other.url(100_000), status)
    assert whole(store, url) == body(0, 100_000)
    assert store.stat(url).size == 100_000
    assert [request.method for request in origin.requests() + other.requests()].count("HEAD") == 2, "HEAD stays HEAD"


@pytest.mark.parametrize(
    "location",
    [
        "/b/1000",
        "1000",
        "../b/1000",
        "./1000?etag=x",
        "?etag=y",
        "//{authority}/b/1000",
        "HTTP://{authority}/b/1000#part",
    ],
)
def test_relative(store: Store, origin: FaultOrigin, location: str) -> None:
    url = origin.url(1000, Faults(status=302, location=location.format(authority=f"127.0.0.1:{origin.port}"), times=1))
    assert whole(store, url) == body(0, 1000)


@pytest.mark.parametrize("path", ["to301/disk", "to303/", "to308/x/y"])
def test_nginx(store: Store, nginx: Nginx, path: str) -> None:
    assert whole(store, f"{nginx.base}/{path}") == body(0, SIZE)


def test_a_location_in_raw_utf8(store: Store, nginx: Nginx) -> None:
    assert whole(store, f"{nginx.base}/to/?url=/with%20space/50%25%20%C3%BC%2B.img") == body(0, 1000)


def test_five_and_no_more(make_store: MakeStore, store: Store, origin: FaultOrigin) -> None:
    urls = [origin.url(1000)]
    for _ in range(6):
        urls.append(to(origin, urls[-1]))
    assert whole(store, urls[5]) == body(0, 1000)
    with pytest.raises(BackendError, match="more than 5 redirects"):
        store.open(urls[6])
    with pytest.raises(BackendError, match="more than 0 redirects"):
        make_store(max_redirects=0).open(urls[1])


def test_in_a_circle(store: Store, nginx: Nginx) -> None:
    for ask in (store.open, store.stat):
        with pytest.raises(BackendError, match="more than 5"):
            ask(f"{nginx.base}/loop")


def test_no_location(store: Store, origin: FaultOrigin) -> None:
    for status in (301, 302, 303, 307, 308):
        with pytest.raises(BackendError, match="does not say where to"):
            store.open(to(origin, "", status))


@pytest.mark.parametrize("location", ["http://host:port/", "http://[::1/", "http://a b/"])
def test_to_no_url(store: Store, origin: FaultOrigin, location: str) -> None:
    with pytest.raises(BackendError, match="is no URL"):
        store.open(to(origin, location))


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x", "data:,x", "unix:/run/x"]
)
def test_to_other_schemes(store: Store, origin: FaultOrigin, location: str) -> None:
    for ask in (store.open, store.stat):
        with pytest.raises(PermissionDenied, match="only https: and http:"):
            ask(to(origin, location))


def test_https_to_http(trusting: Store, secure: FaultOrigin, origin: FaultOrigin) -> None:
    for ask in (trusting.open, trusting.stat):
        with pytest.raises(PermissionDenied, match="from https to http"):
            ask(to(secure, origin.url(1000)))
    assert origin.requests() == []
    assert whole(trusting, to(origin, secure.url(1000))) == body(0, 1000), "from http to https is well"


def test_where_it_led_is_asked_directly(store: Store, origin: FaultOrigin, other: FaultOrigin) -> None:
    assert whole(store, to(origin, other.url(300_000, Faults(cut=100_000, after=1, times=1)))) == body(0, 300_000)
    assert (len(origin.requests()), len(other.requests())) == (1, 3)


@pytest.mark.parametrize("status", [403, 404, 503])
def test_where_it_led_is_no_more(store: Store, origin: FaultOrigin, other: FaultOrigin, status: int) -> None:
    # The first answer of `other` is well, then its signature has run out; a new redirect leads to a new one.
    old = other.url(300_000, Faults(status=status, after=1, etag="same"))
    url = to(origin, old)
    blob: Any = store._driver.open(url)
    fresh = origin.url(300_000, Faults(etag="same"))
    blob._place = elsewhere(store, to(origin, fresh))  # as if the server now redirected there
    assert b"".join(blob.read()) == body(0, 300_000)
    blob.close()


def test_another_mirror_with_another_state(store: Store, origin: FaultOrigin, other: FaultOrigin) -> None:
    with FaultProxy("127.0.0.1", other.port) as wire:
        wire.set(down=Way(cut=150_000))
        url = to(origin, f"http://127.0.0.1:{wire.port}/b/900000?etag=one")
        with store.open(url) as reader:
            blob: Any = reader.blob
            blob._place = elsewhere(store, to(origin, other.url(900_000, Faults(etag="two"))))
            wire.set(refuse=True)
            with pytest.raises(Mismatch, match="changed"):
                reader.read()
