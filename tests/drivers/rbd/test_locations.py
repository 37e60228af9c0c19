"""Locations as Nova and Cinder take them apart, and those of old."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from orlop.drivers.rbd.locating import Place, location_of, parse
from orlop.errors import InvalidLocation
from orlop.location import refused_id

FSID = "7188dc3d-f22b-409c-8aec-510433a958fe"


def as_nova_does(location: str) -> list[str]:
    pieces = [unquote(piece) for piece in location.removeprefix("rbd://").split("/")]
    assert len(pieces) == 4
    assert "" not in pieces
    return pieces


def test_the_form_is_the_one_of_old() -> None:
    assert location_of(FSID, "images", "", "a b") == f"rbd://{FSID}/images/a%20b/snap"
    assert parse(f"rbd://{FSID}/images/a%20b/snap") == Place("a b", FSID, "images", "", "snap")
    assert parse("rbd://a%20b") == Place("a b")


def test_a_namespace_is_in_the_part_of_the_pool() -> None:
    location = location_of(FSID, "images", "tenant", "x")
    assert location == f"rbd://{FSID}/images%2Ftenant/x/snap"
    assert parse(location) == Place("x", FSID, "images", "tenant", "snap")
    assert as_nova_does(location) == [FSID, "images/tenant", "x", "snap"]


@settings(deadline=None)
@given(some.text(min_size=1, max_size=60).filter(lambda name: not refused_id(name)))
def test_every_id_comes_back(name: str) -> None:
    location = location_of(FSID, "images", "", name)
    assert as_nova_does(location)[2] == name
    assert parse(location).image == name


@pytest.mark.parametrize(
    "location",
    [
        "rbd://",
        "rbd:///",
        f"rbd://{FSID}/images/x",
        f"rbd://{FSID}/images/x/snap/",
        f"rbd://{FSID}/images//snap",
        f"rbd://{FSID}/images/x%00y/snap",
        f"rbd://{FSID}/images/x/snap%00",
        f"rbd://{FSID}/images/.orlop-upload-1/snap",
        f"rbd://{FSID}/a%2Fb%2Fc/x/snap",
        f"rbd://{FSID}/a%2F/x/snap",
        f"rbd://{FSID}/images/%zz/snap",
        f"rbd://{FSID}/images/%ff/snap",
        f"rbd://{FSID}/images/é/snap",
        "file:///x",
    ],
)
def test_other_forms_are_refused(location: str) -> None:
    with pytest.raises(InvalidLocation):
        parse(location)
