"""Which locations are a store's, also those that upstream has written, credentials and all."""

from __future__ import annotations

from typing import Any

import pytest
from orlop.drivers.s3.bucket import Bucket
from orlop.drivers.s3.settings import S3Settings
from orlop.errors import InvalidLocation


@pytest.fixture(scope="module")
def bucket() -> Bucket:
    return Bucket(S3Settings(endpoint="https://S3.example.org", bucket="images", prefix="glance/"))


@pytest.mark.parametrize(
    "location",
    [
        "s3+https://s3.example.org/images/glance/one",
        "s3+https://S3.EXAMPLE.org:443/images/glance/one",
        "s3://s3.example.org/images/glance/one",
        "s3://key:secret@s3.example.org/images/glance/one",
        "s3://key:se/cr@et:+@s3.example.org/images/glance/one",
        "s3+https://key:se%2Fcret@s3.example.org/images/glance/one",
    ],
)
def test_its_own(bucket: Bucket, location: str) -> None:
    assert bucket.image_at(location) == (bucket, "one")


@pytest.mark.parametrize(
    "location",
    [
        "s3+http://s3.example.org/images/glance/one",
        "s3+https://s3.example.org:8443/images/glance/one",
        "s3+https://other.example.org/images/glance/one",
        "s3+https://s3.example.org/others/glance/one",
        "s3+https://s3.example.org/images/one",
        "s3+https://s3.example.org/images/glance/",
        "s3+https://s3.example.org/images/glance/deeper/one",
        "s3+https://s3.example.org/images/glance/.orlop-digests-x",
        "s3+https://s3.example.org/images/glance/one?versionId=1",
        "s3://key:secret@other.example.org/images/glance/one",
        "s3://",
        "s3+https://[::1/images/glance/one",
    ],
)
def test_those_of_others(bucket: Bucket, location: str) -> None:
    with pytest.raises(InvalidLocation) as caught:
        bucket.image_at(location)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("image_id", ["plain", "a b", "50%", "a@b", "ü?#&+=", "~x", "'\""])
def test_there_and_back(bucket: Bucket, image_id: str) -> None:
    assert bucket.image_at(bucket.location(image_id)) == (bucket, image_id)


def test_a_path_below_the_host_belongs_to_the_server() -> None:
    below = Bucket(S3Settings(endpoint="http://gateway:9000/s3", bucket="images"))
    assert below.location("one") == "s3://gateway:9000/s3/images/one"
    assert below.image_at("s3+http://gateway:9000/s3/images/one") == (below, "one")
    with pytest.raises(InvalidLocation):
        below.image_at("s3+http://gateway:9000/images/one")


def other(location: str, **settings: Any) -> tuple[str, str, str]:
    """Bucket, prefix and image id of a location, for a store in the bucket `images` below glance/."""
    store = Bucket(S3Settings(endpoint="https://s3.example.org", bucket="images", prefix="glance/", **settings))
    there, image_id = store.image_at(location)
    return there.settings.bucket, there.settings.prefix, image_id


@pytest.mark.parametrize("others", [("old", "images"), ("*",)])
def test_other_buckets_and_prefixes(others: tuple[str, ...]) -> None:
    for path, place in {
        "old/one": ("old", "", "one"),
        "old/a%20b/c/one": ("old", "a b/c/", "one"),
        "images/one": ("images", "", "one"),
        "images/glance/one": ("images", "glance/", "one"),
    }.items():
        assert other(f"s3+https://s3.example.org/{path}", other_buckets=others) == place


@pytest.mark.parametrize("path", ["third/one", "/one", "old/", "old", "old/a//one", "old/../one", "old/.orlop-turn-x"])
def test_what_is_in_no_bucket_that_is_named(path: str) -> None:
    with pytest.raises(InvalidLocation):
        other(f"s3+https://s3.example.org/{path}", other_buckets=("old",))
    if path != "third/one":
        with pytest.raises(InvalidLocation):
            other(f"s3+https://s3.example.org/{path}", other_buckets=("*",))


def test_other_names_of_the_server() -> None:
    known = ("http://10.0.0.5:8080", "Gateway")
    for server in (
        "s3+http://10.0.0.5:8080",
        "s3://10.0.0.5:8080",
        "s3+https://gateway:443",
        "s3://key:secret@gateway",
    ):
        assert other(f"{server}/images/glance/one", other_endpoints=known) == ("images", "glance/", "one")
    for server in ("s3+https://10.0.0.5:8080", "s3://10.0.0.5", "s3+https://third.example.org"):
        with pytest.raises(InvalidLocation, match="see other_endpoints"):
            other(f"{server}/images/glance/one", other_endpoints=known)
        assert other(f"{server}/images/glance/one", other_endpoints=("*",)) == ("images", "glance/", "one")
    with pytest.raises(InvalidLocation, match="see other_buckets"):
        other("s3://anywhere/third/one", other_endpoints=("*",))
