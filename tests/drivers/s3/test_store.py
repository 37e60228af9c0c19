"""A store in a bucket: who may, what is shown, and what settings do, on real servers."""

from __future__ import annotations

import base64
import logging
from typing import Any

import pytest
from orlop.drivers.s3.driver import S3Driver
from orlop.errors import (
    BackendError,
    InvalidLocation,
    NotFound,
    PermissionDenied,
    StoreError,
    Unavailable,
)
from orlop.records import Severity
from orlop.store import Store

from servers.juicefs import JuiceFS
from servers.moto import Moto
from servers.pki import Authority
from servers.radosgw import Radosgw
from servers.s3_account import S3Account
from tests.drivers.s3.conftest import SMALL, MakeStore

pytestmark = pytest.mark.server

DATA = bytes(range(256)) * (5 * SMALL // 512)


def goes_in(store: Store, data: bytes = DATA) -> dict[str, Any]:
    """The image is stored, read back right, and deleted again; what the server said of it."""
    location = store.put("image", data).location
    with store.open(location) as reader:
        assert reader.read() == data
    driver = store._driver
    assert isinstance(driver, S3Driver)
    head = driver._bucket.head("image")
    store.delete(location)
    return head


def test_a_wrong_key_is_told_apart_from_a_missing_image(
    make_store: MakeStore, juicefs: JuiceFS, authority: Authority
) -> None:
    wrong = S3Account(juicefs.account.endpoint, juicefs.account.access_key, "n0t/the+s3cret")
    store = make_store(wrong, ca_file=authority.ca, create_bucket=False)
    with pytest.raises(PermissionDenied) as caught:
        store.locate("image")
    assert "n0t/the+s3cret" not in str(caught.value)
    finding = store.check()[-1]
    assert finding.severity is Severity.ERROR


def test_an_unknown_authority_is_refused(make_store: MakeStore, juicefs: JuiceFS) -> None:
    with pytest.raises(BackendError, match="certificate verify failed"):
        make_store(juicefs.account).locate("image")


def test_no_certificate_is_looked_at_when_that_is_wanted(make_store: MakeStore, juicefs: JuiceFS) -> None:
    with pytest.warns(Warning, match="Unverified HTTPS request"):
        goes_in(make_store(juicefs.account, insecure=True, part=SMALL))


def test_a_missing_bucket_is_no_missing_image(make_store: MakeStore, moto: Moto) -> None:
    store = make_store(moto.account, bucket="nowhere", create_bucket=False)
    for ask in (lambda: store.locate("image"), lambda: store.put("image", b"x"), lambda: list(store.list())):
        with pytest.raises(BackendError, match="there is no bucket 'nowhere'"):
            ask()
    assert "create_bucket" in store.check()[0].message


def test_a_bucket_is_made_when_it_is_needed(make_store: MakeStore, moto: Moto) -> None:
    store = make_store(moto.account, bucket="made", region="eu-west-1")
    assert list(store.list()) == []
    assert [one.severity for one in store.check()] == [Severity.OK]
    goes_in(store)


def test_nobody_listens(make_store: MakeStore) -> None:
    store = make_store(S3Account("http://127.0.0.1:1", "me", "it"), attempts=1)
    with pytest.raises(Unavailable):
        store.locate("image")


@pytest.mark.parametrize("checksum", ["md5", "crc32", "sha256", "none"])
def test_every_checksum_is_taken_by_radosgw(make_store: MakeStore, radosgw: Radosgw, checksum: str) -> None:
    store = make_store(radosgw.account, part=SMALL, checksum=checksum, bucket="sums")
    goes_in(store)
    goes_in(store, b"small")


@pytest.mark.parametrize("data", [b"small", DATA], ids=["one-request", "parts"])
def test_encryption_and_class_are_asked_for(make_store: MakeStore, moto: Moto, data: bytes) -> None:
    own = {"encryption": "sse-s3", "storage_class": "STANDARD_IA", "part": SMALL, "bucket": "own"}
    head = goes_in(make_store(moto.account, **own), data)
    assert (head["ServerSideEncryption"], head["StorageClass"]) == ("AES256", "STANDARD_IA")
    kms = {"encryption": "sse-kms", "kms_key": "images", "part": SMALL, "bucket": "kms"}
    head = goes_in(make_store(moto.account, **kms), data)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "images")


def test_a_customer_key_and_a_token_are_in_no_log(
    make_store: MakeStore, moto: Moto, caplog: pytest.LogCaptureFixture
) -> None:
    key, token = base64.b64encode(b"k" * 32).decode(), "t0ken/with+odd=characters"
    store = make_store(
        moto.account, encryption="sse-c", customer_key=key, session_token=token, part=SMALL, bucket="customer"
    )
    with caplog.at_level(logging.DEBUG):
        goes_in(store)
    for secret in (key, token, moto.account.secret_key):
        assert secret not in caplog.text


def test_errors_hold_no_secret_of_an_old_location(make_store: MakeStore, moto: Moto) -> None:
    store = make_store(moto.account)
    location = store.put("old", b"data").location
    old = location.replace("s3://", "s3://KEY:se/cr@et:@")
    with store.open(old) as reader:
        assert reader.read() == b"data"
    store.delete(old)
    with pytest.raises(StoreError) as caught:
        store.delete(old)
    assert "cr@et" not in str(caught.value)
    assert "cr@et" not in repr(caught.value.location)


def test_images_of_other_buckets_are_read_and_deleted_when_the_settings_say_so(
    make_store: MakeStore, radosgw: Radosgw
) -> None:
    old = make_store(radosgw.account, bucket="old", prefix="cloud/", part=SMALL)
    here = make_store(radosgw.account, bucket="new", part=SMALL, other_buckets=("old", "absent"))
    location = old.put("image", DATA).location
    with pytest.raises(InvalidLocation, match="see other_buckets"):
        make_store(radosgw.account, bucket="new").stat(location)
    with here.open(location, verify=True) as reader:
        assert reader.read() == DATA
    assert here.stat(location) == old.stat(location)
    assert here.copy(location, here, "copied").size == len(DATA)
    assert [one.image_id for one in here.list()] == ["copied"]
    here.delete(here.locate("copied"))
    here.delete(location)
    assert list(old.list()) == []
    assert isinstance(old._driver, S3Driver)
    assert list(old._driver._bucket.objects(".orlop-digests")) == []
    with pytest.raises(NotFound):
        here.delete(location)
    with pytest.raises(NotFound):
        here.open(location)
    with pytest.raises(BackendError, match="there is no bucket 'absent'"):
        here.delete(location.replace("/old/", "/absent/"))
