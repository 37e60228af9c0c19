"""Locations of Swift: those of today, and all forms of old; and what no location may do."""

from __future__ import annotations

import pytest
from orlop.drivers.swift.driver import SwiftDriver
from orlop.drivers.swift.locating import Address, compose, compose_reference, parse
from orlop.drivers.swift.settings import SwiftSettings
from orlop.errors import InvalidLocation
from orlop.store import Store

ONE = "ab1e2f5c-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("location", "address"),
    [
        (
            f"swift+https://keystone.example.org:5000/v3/glance/{ONE}",
            Address(None, "keystone.example.org:5000/v3", "glance", ONE),
        ),
        (f"swift://keystone.example.org/v3/glance/{ONE}", Address(None, "keystone.example.org/v3", "glance", ONE)),
        (f"swift+http://10.0.0.1/v3/glance/{ONE}", Address(None, "10.0.0.1/v3", "glance", ONE, False)),
        (f"swift+config://ref1/glance/{ONE}", Address("ref1", "", "glance", ONE)),
        (
            f"swift+https://service%3Aglance:s%2Fe%40c%3Aret@host/v3/glance/{ONE}",
            Address(None, "host/v3", "glance", ONE, True, "service:glance", "s/e@c:ret"),
        ),
        (
            f"swift://service:glance:secret@host/v2.0/glance/{ONE}",
            Address(None, "host/v2.0", "glance", ONE, True, "service:glance", "secret"),
        ),
        (
            f"swift+https://service%3Aglance:a@b/c@host/v3/glance/{ONE}",
            Address(None, "host/v3", "glance", ONE, True, "service:glance", "a@b/c"),
        ),
        (
            f"swift+https://swift.example.org/v1/AUTH_f00/glance_{ONE}/{ONE}",
            Address(None, "swift.example.org/v1/AUTH_f00", f"glance_{ONE}", ONE),
        ),
    ],
)
def test_what_a_location_says(location: str, address: Address) -> None:
    assert parse(location) == address
    assert "secret" not in repr(address)
    assert "a@b/c" not in repr(address)


@pytest.mark.parametrize("name", ["a b", "100%", "a%2Fb", "ü", "x?y#z", "it's"])
def test_what_is_composed_is_parsed(name: str) -> None:
    for location in (compose("https://host:5000/v3/", "c d", name), compose_reference("my ref", "c d", name)):
        found = parse(location)
        assert (found.container, found.name) == ("c d", name)
        assert location.isascii()


@pytest.mark.parametrize(
    "location",
    [
        "swift://",
        "swift+config://ref1/glance",
        "swift+config://user:secret@ref1/glance/one",
        "swift+config://ref/more/glance/one",
        "swift+https://host/glance",
        "swift+https://host/v3/../one",
        "swift+https://host/v3/glance/..",
        "swift+https://host/v3/glance/.hidden",
        "swift+https://host/v3/glance/%ZZ",
        "swift+https://host/v3/glance/%FF",
        "swift+https://host/v3/glance/one?x=secret",
        "swift+https://https://host/v3/glance/one",
        "http://host/v3/glance/one",
    ],
)
def test_what_is_no_location(location: str) -> None:
    with pytest.raises(InvalidLocation) as caught:
        parse(location)
    assert "secret" not in str(caught.value)


ACCOUNT = {"user": "glance", "key": "s3cret", "project": "service"}


@pytest.mark.parametrize(
    "location",
    [
        "swift+https://elsewhere.example.org/v3/glance/one",
        "swift+https://service%3Aglance:s3cret@elsewhere.example.org/v3/glance/one",
        "swift+https://localhost:1/elsewhere/v3/glance/one",
        "swift+config://unknown/glance/one",
    ],
)
def test_nobody_elses_account_is_asked(location: str) -> None:
    """The store stays silent: a connection to where these lead would fail otherwise than so."""
    with (
        Store("swift", SwiftDriver(SwiftSettings(auth_url="https://localhost:1/v3", **ACCOUNT))) as store,
        pytest.raises(InvalidLocation) as caught,
    ):
        store.stat(location)
    assert "s3cret" not in str(caught.value)
