"""Passwords reach their own server, whatever is in them, and no other."""

import base64
from urllib.parse import quote

import pytest
from orlop.errors import PermissionDenied
from orlop.store import Store

from servers.fault_origin import FaultOrigin, Faults, body
from tests.drivers.http.conftest import MakeStore
from tests.drivers.http.nginx import PASSWORDS, SIZE, Nginx

pytestmark = pytest.mark.server


def whole(store: Store, location: str) -> bytes:
    with store.open(location) as reader:
        return reader.read()


def sent(origin: FaultOrigin) -> set[str | None]:
    return {request.headers.get("authorization") for request in origin.requests()}


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def with_user(url: str, username: str, password: str) -> str:
    return url.replace("://", f"://{username}:{password}@")


@pytest.mark.parametrize("username", PASSWORDS)
def test_in_the_location(store: Store, nginx: Nginx, username: str) -> None:
    url = f"{nginx.base}/locked/disk"
    assert whole(store, with_user(url, username, quote(PASSWORDS[username], safe=""))) == body(0, SIZE)
    if username in {"colon", "at"}:  # as people write them
        assert whole(store, with_user(url, username, PASSWORDS[username])) == body(0, SIZE)
    for wrong in (url, with_user(url, username, "wrong")):
        with pytest.raises(PermissionDenied, match="401"):
            store.open(wrong)


@pytest.mark.parametrize("username", PASSWORDS)
def test_in_the_settings(make_store: MakeStore, nginx: Nginx, username: str) -> None:
    store = make_store(url=f"{nginx.base}/locked", username=username, password=PASSWORDS[username])
    assert store.locate("disk") == f"{nginx.base}/locked/disk"
    assert whole(store, store.locate("disk")) == body(0, SIZE)


def test_a_location_never_shows_them(store: Store, origin: FaultOrigin) -> None:
    stat = store.stat(with_user(origin.url(100), "me", "hidden"))
    assert stat.location == origin.url(100)
    assert "hidden" not in repr(stat)
    assert sent(origin) == {basic("me", "hidden")}


def test_not_sent_to_another_origin(store: Store, origin: FaultOrigin, other: FaultOrigin) -> None:
    url = with_user(origin.url(1, Faults(status=302, location=other.url(100_000))), "me", "hidden")
    assert whole(store, url) == body(0, 100_000)
    store.stat(url)
    assert sent(origin) == {basic("me", "hidden")}
    assert sent(other) == {None}
    assert all("hidden" not in str(request) for request in other.requests())


def test_sent_again_to_the_same_origin(store: Store, origin: FaultOrigin, other: FaultOrigin) -> None:
    back = other.url(1, Faults(status=302, location=origin.url(100_000)))
    url = with_user(origin.url(1, Faults(status=302, location=back)), "me", "hidden")
    assert whole(store, url) == body(0, 100_000)
    assert sent(other) == {None}
    assert sent(origin) == {basic("me", "hidden")}


def test_not_sent_from_https_to_another_port(trusting: Store, secure: FaultOrigin, nginx: Nginx) -> None:
    url = with_user(secure.url(1, Faults(status=302, location=f"{nginx.tls_base}/locked/disk")), "plain", "secret")
    with pytest.raises(PermissionDenied, match="401"):
        trusting.open(url)


def test_those_in_a_redirect_are_left_out(store: Store, origin: FaultOrigin, other: FaultOrigin) -> None:
    url = origin.url(1, Faults(status=302, location=with_user(other.url(100), "their", "idea")))
    assert whole(store, url) == body(0, 100)
    assert sent(other) == {None}


def test_settings_go_to_the_origin_of_url_only(make_store: MakeStore, origin: FaultOrigin, other: FaultOrigin) -> None:
    store = make_store(url=f"{origin.base}/b", username="me", password="hidden")
    assert whole(store, origin.url(10)) == body(0, 10)
    assert whole(store, other.url(10)) == body(0, 10)
    assert whole(store, origin.url(1, Faults(status=302, location=other.url(10)))) == body(0, 10)
    assert sent(origin) == {basic("me", "hidden")}
    assert sent(other) == {None}


def test_hosts_get_them_only_by_https_on_443(make_store: MakeStore, origin: FaultOrigin) -> None:
    store = make_store(hosts=["127.0.0.1"], username="me", password="hidden")
    assert whole(store, origin.url(10)) == body(0, 10)
    assert sent(origin) == {None}


def test_those_of_the_settings_come_first(make_store: MakeStore, origin: FaultOrigin, other: FaultOrigin) -> None:
    """A location's own are used only where the settings have none for that place."""
    store = make_store(url=origin.base, username="me", password="hidden")
    assert whole(store, with_user(origin.url(10), "you", "own")) == body(0, 10)
    assert sent(origin) == {basic("me", "hidden")}
    assert whole(store, with_user(other.url(10), "you", "own")) == body(0, 10)
    assert sent(other) == {basic("you", "own")}
