"""What a Swift store can be told, and what contradicts itself."""

from __future__ import annotations

from typing import Any

import pytest
from orlop.drivers.swift.containers import container_for
from orlop.drivers.swift.limits import Limits
from orlop.drivers.swift.manifest import Segment
from orlop.drivers.swift.settings import MIB, SwiftSettings
from orlop.errors import InvalidLocation
from pydantic import ValidationError

KEYSTONE = {"auth_url": "https://keystone.example.org/v3", "user": "glance", "key": "s3cret", "project": "service"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"project": None}, "project or project_id"),
        ({"key": None}, "user and key"),
        ({"user": None}, "user and key"),
        ({"cloud": "mine"}, "cloud and auth_url"),
        ({"auth_url": "keystone.example.org"}, "https://"),
        ({"application_credential_id": "x"}, "belong together"),
        ({"insecure": True, "ca_file": "/x"}, "contradict"),
        ({"multi_tenant": True, "container_digits": 1}, "container_digits"),
        ({"multi_tenant": True, "reference": "ref1"}, "references"),
        ({"container": "a/b"}, "container"),
        ({"container_digits": 33}, "32"),
        ({"endpoint": "swift.example.org"}, "https://"),
        ({"references": {"old": {"auth_url": "https://x/v3"}}}, "references.old"),
        ({"segment_size": 1000}, "segment_size"),
    ],
)
def test_what_contradicts_itself(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SwiftSettings(**{**KEYSTONE, **more})
    assert said in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_all_ways_to_log_in() -> None:
    SwiftSettings()
    SwiftSettings(cloud="mine")
    SwiftSettings(**KEYSTONE)
    SwiftSettings(auth_url="http://x/auth/v1.0", auth_version="1", user="test:tester", key="testing")
    secret = {"application_credential_id": "i", "application_credential_secret": "s3cret"}
    settings = SwiftSettings(auth_url="http://x/v3", references={"other": KEYSTONE}, **secret)
    assert set(settings.secrets()) == {"s3cret"}
    assert "s3cret" not in repr(settings)
    SwiftSettings(auth_url="http://x/v3", multi_tenant=True)


def test_from_a_uri() -> None:
    settings = SwiftSettings.from_uri("swift+config://my%20cloud/images")
    assert (settings.cloud, settings.container) == ("my cloud", "images")
    for wrong in ("swift+config://cloud", "swift+https://host/v3/x", "swift+config://u:p@cloud/x"):
        with pytest.raises(InvalidLocation):
            SwiftSettings.from_uri(wrong)


@pytest.mark.parametrize(
    ("digits", "container"),
    [
        (0, "glance"),
        (3, "glance_fda"),
        (8, "glance_fdae39a1"),
        (10, "glance_fdae39a1-ba"),
        (13, "glance_fdae39a1-bac5-"),
    ],
)
def test_digits_of_an_id_choose_the_container(digits: int, container: str) -> None:
    settings = SwiftSettings(container_digits=digits)
    assert container_for(settings, "FDAE39A1-bac5-4238-aba4-69bcc726e848") == container


def test_any_number_of_segments_fits() -> None:
    swift, radosgw = Limits(most=1000), Limits(most=1000, nested=False)
    segments = [Segment("c", str(at), "0", 1) for at in range(2500)]
    assert [len(group) for group in swift.tables(segments)] == [1000, 1000, 500]
    assert swift.tables(segments[:1000]) == []
    assert swift.block_size(16 * MIB, 5 << 40) == 16 * MIB
    assert radosgw.block_size(16 * MIB, 1 << 40) * 1000 >= 1 << 40
    assert radosgw.block_size(16 * MIB, 1 << 30) == 16 * MIB
    offset = 0
    for _ in range(1000):
        offset += radosgw.block_size_at(16 * MIB, offset)
    assert offset > 1 << 40


@pytest.mark.parametrize("name", ["auth_url", "endpoint", "other_auth_urls"])
@pytest.mark.parametrize(
    "url",
    [
        "https://user:s3cret@keystone.example.org/v3",
        "https://user:s3/cret@keystone.example.org/v3",
        "https://s3cret@keystone.example.org",
        "https://keystone.example.org/v3?token=s3cret",
        "https://keystone.example.org/v3#s3cret",
        "https://keystone.example.org:s3cret/v3",
        "https://[s3cret/v3",
        "https://keystone.example.org/s3cret\n",
        "https:///s3cret",
        "ftp://s3cret/",
    ],
)
def test_a_url_with_credentials_is_refused_and_not_shown(name: str, url: str) -> None:
    value: Any = (url,) if name == "other_auth_urls" else url
    with pytest.raises(ValidationError) as caught:
        SwiftSettings(**{**KEYSTONE, name: value})
    assert "s3" not in str(caught.value)
    with pytest.raises(ValidationError, match="references"):
        SwiftSettings(**KEYSTONE, references={"other": {**KEYSTONE, "auth_url": url}})


@pytest.mark.parametrize("key", ["s3cret\n", "s3\r\ncret", " s3cret", "s3\x00cret"])
def test_what_no_header_can_carry_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ValidationError, match="control characters") as caught:
        SwiftSettings(auth_url="http://x/auth/v1.0", auth_version="1", user="test:tester", key=key)
    assert "s3" not in str(caught.value)
    SwiftSettings(**{**KEYSTONE, "key": key})  # Keystone is told it in JSON
