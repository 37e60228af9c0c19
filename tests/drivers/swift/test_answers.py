"""Answers that are none, absurd ones, and endless ones: a clear error, and nothing is believed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import requests
from keystoneauth1 import exceptions
from orlop.drivers.swift.driver import SwiftDriver
from orlop.drivers.swift.failures import Request, problem_with, retry_after, understood
from orlop.drivers.swift.times import http_time, listed_time, wait_of
from orlop.errors import (
    AlreadyExists,
    BackendError,
    InUse,
    InvalidSettings,
    NotFound,
    PermissionDenied,
    StoreError,
    StoreFull,
    Unavailable,
)
from orlop.store import Store

from servers.http_faults import Fault, HttpFaults
from servers.keystone import Account, Keystone
from servers.swift import Swift
from tests.drivers.swift.stores import MIB, NAMED, Place, login, place

OBJECT, CONTAINER, ACCOUNT = ("c", "o"), ("c", ""), ("", "")


def answer(status: int, headers: Mapping[str, str]) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made.headers.update(headers)
    return made


@pytest.mark.parametrize(
    ("method", "where", "create_only", "status", "kind"),
    [
        ("HEAD", OBJECT, False, 404, NotFound),
        ("HEAD", CONTAINER, False, 404, InvalidSettings),
        ("GET", CONTAINER, False, 404, InvalidSettings),
        ("HEAD", ACCOUNT, False, 404, InvalidSettings),
        ("PUT", OBJECT, False, 404, Unavailable),
        ("PUT", OBJECT, True, 412, AlreadyExists),
        ("PUT", OBJECT, False, 412, BackendError),
        ("GET", CONTAINER, False, 412, BackendError),
        ("GET", ACCOUNT, False, 412, BackendError),
        ("DELETE", OBJECT, False, 412, BackendError),
        ("PUT", OBJECT, False, 413, StoreFull),
        ("GET", CONTAINER, False, 413, BackendError),
        ("PUT", OBJECT, False, 409, Unavailable),
        ("DELETE", OBJECT, False, 409, Unavailable),
        ("DELETE", CONTAINER, False, 409, InUse),
        ("PUT", CONTAINER, False, 409, PermissionDenied),
        ("PUT", OBJECT, False, 422, Unavailable),
        ("GET", CONTAINER, False, 422, BackendError),
        ("GET", OBJECT, False, 416, BackendError),
        ("PUT", OBJECT, False, 401, PermissionDenied),
        ("HEAD", OBJECT, False, 302, BackendError),
        ("PUT", OBJECT, False, 520, Unavailable),
        ("PUT", OBJECT, False, 501, BackendError),
        ("PUT", OBJECT, False, 507, StoreFull),
        # Successes that are none.
        ("PUT", OBJECT, False, 200, Unavailable),
        ("PUT", OBJECT, False, 202, Unavailable),
        ("PUT", OBJECT, False, 204, Unavailable),
        ("PUT", CONTAINER, False, 200, Unavailable),
        ("DELETE", OBJECT, False, 200, Unavailable),
        ("HEAD", OBJECT, False, 204, Unavailable),
        ("GET", OBJECT, False, 201, Unavailable),
        ("POST", CONTAINER, False, 200, Unavailable),
    ],
)
def test_a_status_is_read_with_its_request(
    method: str, where: tuple[str, str], create_only: bool, status: int, kind: type[StoreError]
) -> None:
    problem = problem_with(Request(method, *where, create_only=create_only), answer(status, NAMED))
    assert type(problem) is kind
    assert str(status) in str(problem)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 404, 410, 412, 413])
def test_an_answer_without_the_mark_of_swift_means_nothing(status: int) -> None:
    for method in ("HEAD", "GET", "PUT", "POST", "DELETE"):
        for where in (OBJECT, CONTAINER, ACCOUNT):
            request = Request(method, *where, create_only=True)
            problem = problem_with(request, answer(status, {}), frozenset({404, 410}))
            assert isinstance(problem, Unavailable), str(request)


def test_a_wait_that_is_asked_for_is_told() -> None:
    request = Request("PUT", *OBJECT)
    for status in (503, 429, 498):
        problem = problem_with(request, answer(status, {"Retry-After": "8", **NAMED}))
        assert problem is not None
        assert problem.retry_after == 8.0
    busy = exceptions.from_response(answer(503, {"Retry-After": "9"}), "POST", "http://keystone/v3/auth/tokens")
    assert retry_after(busy) == 9.0
    date = {"Retry-After": "Fri, 27 Nov 2026 10:00:20 GMT", "Date": "Fri, 27 Nov 2026 10:00:00 GMT"}
    assert wait_of(date) == 20.0
    assert wait_of({"Retry-After": "9" * 30}) is None
    assert wait_of({"Retry-After": "99999999"}) == 86400.0
    for none in ("", "-3", "soon", "Fri, 99 Nov 2026", "²", "Mon, 01 Jan 0001 00:00:00 +2359"):
        assert wait_of({"Retry-After": none}) in {None, 0.0}


@pytest.mark.parametrize("text", ["", "x", "9" * 5000, "0001-01-01T00:00:00+23:59", "2026-13-01", "\ud800", "-1"])
def test_a_time_that_is_none_is_none(text: str) -> None:
    assert listed_time(text) is None
    assert http_time(text) is None


def test_what_keystones_client_stumbles_over_is_an_error_of_ours() -> None:
    for error in (AttributeError("x"), KeyError("x"), TypeError("x"), RecursionError("x"), OverflowError("x")):
        with pytest.raises(BackendError, match="login"), understood():
            raise error
    with pytest.raises(requests.exceptions.JSONDecodeError), understood():
        raise requests.exceptions.JSONDecodeError("x", "y", 0)


@pytest.fixture
def here(swift: Swift, operator: Account) -> Iterator[Place]:
    with place(swift, operator) as made:
        yield made


@pytest.fixture
def quick(here: Place) -> Iterator[Store]:
    """A store that gives up soon."""
    with here.opened(attempts=2, retry_seconds=0.5, deadline=20.0) as store:
        yield store


LINE = {"name": "image", "bytes": 4, "hash": "x", "last_modified": "2026-11-27T00:00:00.000000"}
LISTINGS: dict[str, bytes] = {
    "html": b"<html></html>",
    "nothing": b"",
    "half": json.dumps([LINE]).encode()[:-3],
    "an object": b"{}",
    "a number": b"7",
    "null": b"null",
    "numbers": b"[1, 2]",
    "deep": b"[" * 200_000,
    "no name": json.dumps([{**LINE, "name": None}]).encode(),
    "an empty name": json.dumps([{**LINE, "name": ""}]).encode(),
    "half a character": json.dumps([{**LINE, "name": "\ud800"}]).encode(),
    "a size below nothing": json.dumps([{**LINE, "bytes": -1}]).encode(),
    "a size that is no number": json.dumps([{**LINE, "bytes": "4"}]).encode(),
    "a size without end": b'[{"name": "image", "bytes": ' + b"9" * 5000 + b"}]",
    "a size that is a fraction": json.dumps([{**LINE, "bytes": 1e400}]).encode(),
    "a time that is none": json.dumps([{**LINE, "last_modified": 7}]).encode(),
    "not unicode": b'[{"name": "\xff"}]',
}


@pytest.mark.server
def test_absurd_listings_are_errors_of_ours(here: Place, quick: Store) -> None:
    for name, body in LISTINGS.items():
        here.proxy.set(Fault(method="GET", path=r"format=json", status=200, headers=NAMED, body=body, times=None))
        for ask in (lambda: list(quick.list()), lambda: list(quick.leftovers()), lambda: quick.put("other", b"data")):
            with pytest.raises(BackendError, match=r"listing|lists"):
                ask()
            assert name
    here.proxy.clear()
    assert [name for name in here.left() if "claims" not in name] == []


@pytest.mark.server
def test_a_listing_that_repeats_itself_ends_in_an_error(here: Place, quick: Store) -> None:
    body = json.dumps([LINE]).encode()
    here.proxy.set(Fault(method="GET", path=r"format=json", status=200, headers=NAMED, body=body, times=None))
    with pytest.raises(BackendError, match="repeats"):
        list(quick.list())
    with pytest.raises(BackendError, match="repeats"):
        list(quick.leftovers())


@pytest.mark.server
def test_an_upload_of_unknown_age_is_not_dead(here: Place) -> None:
    """A listing without times must not make `clean` remove what a living upload has stored."""
    here.witness.request("PUT", f"{here.container}/.orlop/uploads/image/{'a' * 32}", body=b"")
    line = {"name": f".orlop/uploads/image/{'a' * 32}", "bytes": 0, "hash": "x", "last_modified": "yesterday"}
    body = json.dumps([line]).encode()
    told = Fault(method="GET", path=r"prefix=.orlop%2Fuploads(?!.*marker)", status=200, headers=NAMED, body=body)
    here.proxy.set(told)
    assert list(here.store.leftovers()) == []


HEADS: dict[str, Mapping[str, str | None]] = {
    "without an ETag": {"ETag": None},
    "without a length": {"Content-Length": None},
    "with no bytes": {"Content-Length": "0"},
    "with no bytes and no metadata": {"Content-Length": "0", "X-Object-Meta-Orlop-Size": None},
    "with another length": {"Content-Length": "3"},
    "with a length of many digits": {"Content-Length": "9" * 5000, "X-Object-Meta-Orlop-Size": None},
    "with a length that is no number": {"Content-Length": "\u00b2", "X-Object-Meta-Orlop-Size": None},
}


@pytest.mark.server
@pytest.mark.parametrize("what", HEADS)
def test_a_head_that_says_nothing_is_no_empty_image(here: Place, quick: Store, what: str) -> None:
    location = here.store.put("image", b"data").location
    here.proxy.set(Fault(method="HEAD", path="/image$", changed=HEADS[what], times=None))
    for ask in (quick.stat, quick.open):
        with pytest.raises(Unavailable):
            ask(location)
    here.proxy.clear()
    here.store.delete(location)


@pytest.mark.server
def test_an_answer_of_another_size_is_not_read(here: Place, quick: Store) -> None:
    data = bytes(range(256)) * 16
    location = here.store.put("image", data).location
    for changed in ({"Content-Range": "bytes 1-9/99999"}, {"Content-Range": None}, {"Content-Range": "bytes 1-9/*"}):
        here.proxy.set(Fault(method="GET", path="/image$", changed=changed, times=None))
        with pytest.raises(BackendError, match="bytes 1-9 of 4096"), quick.open(location, 1, 10) as reader:
            reader.read()
    here.store.delete(location)


ENDLESS: dict[str, tuple[Fault, Callable[[Store], object]]] = {
    "a listing": (
        Fault(method="GET", path="format=json", status=200, endless=True, headers=NAMED, body=b"[", times=None),
        lambda store: list(store.list()),
    ),
    "an error": (
        Fault(method="GET", path="format=json", status=500, endless=True, headers=NAMED, body=b"no", times=None),
        lambda store: list(store.list()),
    ),
    "what the server says of itself": (
        Fault(method="GET", path="/info", status=200, endless=True, body=b"{", times=None),
        lambda store: store.put("image", b"data"),
    ),
    "the answer to a PUT": (
        Fault(method="PUT", path="/image$", status=201, endless=True, headers=NAMED, times=None),
        lambda store: store.put("image", b"data"),
    ),
}


@pytest.mark.server
@pytest.mark.parametrize("what", ENDLESS)
def test_an_endless_answer_ends(here: Place, what: str) -> None:
    fault, ask = ENDLESS[what]
    here.proxy.set(fault)
    with here.opened(attempts=1, retry_seconds=0.0, deadline=30.0, commit_deadline=30.0) as store:
        with pytest.raises(Unavailable) as caught:
            ask(store)
        assert not caught.value.hung, "it ended by the limit, not by the deadline"
    here.proxy.clear()


@pytest.mark.server
def test_an_endless_login_ends(keystone: Keystone, operator: Account) -> None:
    port = int(keystone.url.rpartition(":")[2].partition("/")[0])
    with HttpFaults("127.0.0.1", port) as proxy:
        settings = login(operator, auth_url=f"{proxy.base}/v3", attempts=1, retry_seconds=0.0, deadline=30.0)
        for body in (b'{"token": ', b'{"token": {"catalog": ['):
            headers = {"X-Subject-Token": "gAAA", "Content-Type": "application/json"}
            proxy.set(Fault(path="auth/tokens", status=201, endless=True, headers=headers, body=body, times=None))
            with Store("swift", SwiftDriver(settings)) as store, pytest.raises(Unavailable) as caught:
                store.locate("image")
            assert not caught.value.hung


TOKENS: tuple[Any, ...] = ([], {}, {"token": 7}, {"token": {"catalog": 7}}, {"token": {"expires_at": "never"}}, None)


@pytest.mark.server
def test_absurd_logins_are_errors_of_ours(keystone: Keystone, operator: Account) -> None:
    port = int(keystone.url.rpartition(":")[2].partition("/")[0])
    with HttpFaults("127.0.0.1", port) as proxy:
        settings = login(operator, auth_url=f"{proxy.base}/v3", attempts=1, retry_seconds=0.0)
        bodies = [json.dumps(token).encode() for token in TOKENS]
        for status in (201, 400, 500):
            for body in (*bodies, b"<html>", b"[" * 100_000, b'{"errors": ["x"]}', b'{"token": ' + b"9" * 5000 + b"}"):
                headers = {"X-Subject-Token": "gAAA", "Content-Type": "application/json"}
                proxy.set(Fault(path="auth/tokens", status=status, headers=headers, body=body, times=None))
                with Store("swift", SwiftDriver(settings)) as store, pytest.raises(StoreError):
                    store.locate("image")


@pytest.mark.server
def test_a_login_to_a_silent_keystone_times_out(keystone: Keystone, operator: Account) -> None:
    port = int(keystone.url.rpartition(":")[2].partition("/")[0])
    with HttpFaults("127.0.0.1", port) as proxy:
        settings = login(operator, auth_url=f"{proxy.base}/v3", attempts=1, retry_seconds=0.0, read_timeout=0.5)
        proxy.set(Fault(path="auth/tokens", lag=60, times=None))
        with Store("swift", SwiftDriver(settings)) as store, pytest.raises(Unavailable) as caught:
            store.locate("image")
        assert not caught.value.hung


@pytest.mark.server
def test_a_missing_container_is_not_a_missing_image(here: Place, operator: Account) -> None:
    location = here.store.put("image", b"data").location
    here.store.delete(location)
    with pytest.raises(NotFound):
        here.store.stat(location)
    here.witness.request("DELETE", here.container)
    for ask in (here.store.stat, here.store.open, here.store.delete, here.store.exists):
        with pytest.raises(InvalidSettings, match="container"):
            ask(location)
    with pytest.raises(NotFound):
        here.store.locate("image")  # this store makes the container with the first image
    with here.opened(create_container=False) as store, pytest.raises(InvalidSettings, match="container"):
        store.locate("image")
    del operator


@pytest.mark.server
def test_a_container_that_is_deleted_under_a_store_is_made_again(here: Place) -> None:
    here.store.delete(here.store.put("image", b"data").location)
    assert here.witness.request("DELETE", here.container).status == 204
    location = here.store.put("image", bytes(2 * MIB)).location
    here.store.delete(location)


@pytest.mark.server
def test_an_image_that_comes_late_goes_again(here: Place) -> None:
    """The request is held on the way; the put fails; when it arrives at last, its image does not stay."""
    with here.opened(attempts=1, retry_seconds=0.0, read_timeout=0.8) as store:
        here.proxy.set(Fault(method="PUT", path="/image$", delay=1.2, times=None))
        with pytest.raises(Unavailable):
            store.put("image", b"data")
        deadline = time.monotonic() + 20
        while not any(one.method == "PUT" and one.target.endswith("/image") for one in here.proxy.seen()):
            assert time.monotonic() < deadline, "the request never arrived"
            time.sleep(0.05)
    assert not any(name.endswith("/image") for name in here.left())


@pytest.mark.server
def test_an_image_that_comes_late_is_the_one_that_was_put(here: Place) -> None:
    """The first request arrives while the second one looks: it is not taken for the image of somebody else."""
    with here.opened(read_timeout=0.8) as store:
        here.proxy.set(
            Fault(method="PUT", path="/image$", lag=2.0),
            Fault(method="HEAD", path="/image$", nth=3, times=2, status=404, headers=NAMED),
        )
        location = store.put("image", b"data").location
    here.proxy.clear()
    assert here.witness.read(location) == b"data"
    here.store.delete(location)
