"""Which locations are a store's, also those that upstream has written, credentials and all."""

from __future__ import annotations

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
    assert bucket.image_id(location) == "one"


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
        bucket.image_id(location)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("image_id", ["plain", "a b", "50%", "a@b", "ü?#&+=", "~x", "'\""])
def test_there_and_back(bucket: Bucket, image_id: str) -> None:
    assert bucket.image_id(bucket.location(image_id)) == image_id


def test_a_path_below_the_host_belongs_to_the_server() -> None:
    below = Bucket(S3Settings(endpoint="http://gateway:9000/s3", bucket="images"))
    assert below.location("one") == "s3://gateway:9000/s3/images/one"
    assert below.image_id("s3+http://gateway:9000/s3/images/one") == "one"
    with pytest.raises(InvalidLocation):
        below.image_id("s3+http://gateway:9000/images/one")
