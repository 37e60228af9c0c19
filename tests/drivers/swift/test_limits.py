"""Clusters with limits and users of their own: the driver keeps within them, and asks for no more than they give."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from orlop.drivers.swift.driver import SwiftDriver
from orlop.drivers.swift.settings import SwiftSettings
from orlop.errors import InvalidLocation, PermissionDenied
from orlop.store import Store

from servers.ini import Groups
from servers.swift import Swift
from tests.drivers.swift.stores import FAST, MIB

pytestmark = pytest.mark.server

CONSTRAINTS = {
    "container_listing_limit": 3,
    "account_listing_limit": 3,
    "max_file_size": MIB + MIB // 2,
    "max_container_name_length": 20,
}
ODD = "geheïm☃%2F"
OPTIONS: Groups = {
    "filter:tempauth": {"user_odd_name": f"{ODD} .admin"},
    "filter:slo": {"max_manifest_segments": 3, "max_manifest_size": 8 * MIB},
}
IMAGES = 8


@pytest.fixture(scope="module")
def small_swift() -> Iterator[Swift]:
    with Swift(constraints=CONSTRAINTS, options=OPTIONS) as started:
        yield started


def opened(swift: Swift, **more: Any) -> closing[Store]:
    user = swift.tempauth
    account = {"auth_url": user.auth_url, "auth_version": "1", "user": user.user, "key": user.password}
    return closing(Store("swift", SwiftDriver(SwiftSettings(**{**FAST, **account, **more}))))


def test_listings_are_read_in_the_pages_that_the_server_gives(small_swift: Swift) -> None:
    with opened(small_swift, container="pages") as store:
        names = {f"image-{number}" for number in range(IMAGES)}
        for name in names:
            store.put(name, b"data")
        assert {one.image_id for one in store.list()} == names
        assert list(store.leftovers()) == []
        for name in names:
            store.delete(store.locate(name))
        assert list(store.list()) == []


def test_containers_are_listed_in_pages_too(small_swift: Swift) -> None:
    with opened(small_swift, container="many", container_digits=1) as store:
        names = {f"{number:x}-image" for number in range(IMAGES)}
        locations = [store.put(name, b"data").location for name in sorted(names)]
        assert {one.image_id for one in store.list()} == names
        for location in locations:
            store.delete(location)


def test_segments_and_manifests_keep_within_the_limits(small_swift: Swift) -> None:
    data = bytes(range(256)) * (8 * MIB // 256) + b"end"
    with opened(small_swift, container="large", segment_size=4 * MIB) as store:
        location = store.put("image", data).location
        with store.open(location, verify=True) as reader:
            assert reader.read() == data
        store.delete(location)
        assert list(store.leftovers()) == []


def test_a_container_whose_name_is_too_long_is_refused_at_once(small_swift: Swift) -> None:
    with (
        opened(small_swift, container="long", container_digits=32) as store,
        pytest.raises(InvalidLocation, match="20"),
    ):
        store.put("0123456789abcdef0123456789abcdef", b"data")


def test_a_password_of_any_characters_logs_in(small_swift: Swift) -> None:
    with opened(small_swift, user="odd:name", key=ODD, container="odd") as store:
        store.delete(store.put("image", b"data").location)
    with opened(small_swift, user="odd:name", key="wröng☃", container="odd") as store:
        with pytest.raises(PermissionDenied) as caught:
            store.put("image", b"data")
        assert "wr" not in str(caught.value)
        assert "wr" not in repr(caught.value.__cause__)
