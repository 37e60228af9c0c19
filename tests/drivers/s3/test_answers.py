"""What an answer has to say before it counts: whose it is, of what, and that it is the server's at all."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from orlop.drivers.s3.driver import S3Driver
from orlop.errors import BackendError, Mismatch, NotFound, PermissionDenied, StoreError, Unavailable
from orlop.records import Finding, Severity

from servers.http_faults import Fault, HttpFaults
from servers.moto import Moto
from servers.s3_account import S3Account
from tests.drivers.asked import asked
from tests.drivers.s3.conftest import SMALL, MakeStore, settings_for
from tests.drivers.s3.test_faults import (
    BEGIN,
    DATA,
    END,
    ONE,
    PART,
    Place,
    either,
    goes_in,
    here,
    is_refused,
    plain,
    refusal,
    with_conditions,
    with_turns,
)

__all__ = ["either", "here", "plain", "with_conditions", "with_turns"]

pytestmark = pytest.mark.server

PAGE = b"<html><body>Please log in</body></html>"
ERROR = refusal("InternalError")
ANOTHER = (
    b"<?xml version='1.0'?><CompleteMultipartUploadResult><Bucket>faults</Bucket><Key>another</Key>"
    b'<ETag>"0123456789abcdef0123456789abcdef-4"</ETag></CompleteMultipartUploadResult>'
)
BEGUN = b"<InitiateMultipartUploadResult><Key>another</Key><UploadId>x</UploadId></InitiateMultipartUploadResult>"
SUMS = ("content-md5", "x-amz-checksum-crc32", "x-amz-checksum-sha256")


def etag_of(place: Place) -> str:
    """The ETag of the object small."""
    driver = place.store._driver
    assert isinstance(driver, S3Driver)
    return str(driver._bucket.head("small")["ETag"])


@pytest.mark.parametrize("body", [b"", PAGE, ERROR], ids=["nothing", "page", "error"])
@pytest.mark.parametrize(
    ("method", "path", "name"),
    [("PUT", ONE, "small"), ("POST", BEGIN, "image"), ("PUT", PART, "image"), ("POST", END, "image")],
    ids=["put", "begin", "part", "end"],
)
def test_a_200_that_names_nothing_is_no_success(either: Place, method: str, path: str, name: str, body: bytes) -> None:
    either.proxy.set(Fault(method=method, path=path, status=200, body=body, times=2))
    goes_in(either, name, DATA if name == "image" else b"data")
    either.proxy.set(Fault(method=method, path=path, status=200, body=body, times=None))
    is_refused(either, Unavailable, name, DATA if name == "image" else b"data")


@pytest.mark.parametrize(("path", "body"), [(BEGIN, BEGUN), (END, ANOTHER)], ids=["begin", "end"])
def test_the_answer_of_another_object_is_no_success(either: Place, path: str, body: bytes) -> None:
    either.proxy.set(Fault(method="POST", path=path, status=200, body=body))
    goes_in(either)


@pytest.mark.parametrize("status", [200, 202, 404])
def test_a_deletion_that_nobody_has_named_is_none(either: Place, status: int) -> None:
    location = either.store.put("image", DATA).location
    either.proxy.set(Fault(method="DELETE", status=status, body=PAGE, times=None))
    with pytest.raises(Unavailable):
        either.store.delete(location)
    either.proxy.set(Fault(method="DELETE", status=status, body=PAGE, times=2))
    assert either.store.exists(location)
    either.store.delete(location)


@pytest.mark.parametrize("status", [200, 404])
def test_an_abort_that_nobody_has_named_is_said_again(either: Place, status: int) -> None:
    either.proxy.set(
        Fault(method="POST", path=END, status=400, times=None),
        Fault(method="DELETE", path="uploadId=", status=status, times=1),
        Fault(method="GET", path="uploadId=", status=200, body=PAGE, times=1),
    )
    is_refused(either, BackendError)


@pytest.mark.parametrize("again", [b"other data", DATA], ids=["one-request", "parts"])
def test_a_repeated_delete_leaves_another_image_of_the_id_alone(either: Place, again: bytes) -> None:
    driver = either.store._driver
    location = either.store.put("image", DATA).location
    meant = driver.identify(location)
    driver.delete(location, meant)
    assert either.witness.names() == set()
    either.store.put("image", again)
    with pytest.raises(NotFound):
        driver.delete(location, meant)
    assert either.store.verify(location)
    with either.store.open(location) as reader:
        assert reader.read() == again
    with pytest.raises(NotFound):
        driver.delete(location, "no identity")
    either.store.delete(location)


def test_the_server_is_told_which_object_is_to_go(either: Place) -> None:
    location = either.store.put("small", b"data").location
    etag = etag_of(either)
    either.store.delete(location)
    assert [one.headers.get("if-match") for one in asked(either.proxy, "DELETE") if one.target.endswith("/small")] == [
        etag
    ]


@pytest.mark.parametrize(("name", "path", "method"), [("small", ONE, "PUT"), ("image", END, "POST")])
def test_an_image_whose_making_takes_longer_than_the_timeout_is_stored(
    either: Place, name: str, path: str, method: str
) -> None:
    # The request is held before it goes on to the server: it is done after nobody waits for its answer any more.
    either.proxy.set(Fault(method=method, path=path, delay=4.0, times=None))
    location = either.store.put(name, DATA if name == "image" else b"data").location
    either.proxy.set()
    while either.proxy.busy():
        time.sleep(0.01)
    either.store.delete(location)


def other_object(etag: str, said: str, size: int, status: int = 206) -> Fault:
    headers = {"ETag": etag, **({"Content-Range": said} if said else {})}
    return Fault(method="GET", path=ONE, times=None, status=status, headers=headers, body=b"X" * size)


@pytest.mark.parametrize("status", [200, 206])
@pytest.mark.parametrize("said", ["etag", "total", "range", "length"])
def test_the_bytes_of_another_object_are_not_handed_out(here: Place, said: str, status: int) -> None:
    location = here.store.put("small", b"the data").location
    etag = etag_of(here)
    lie = {
        "etag": other_object('"0123456789abcdef0123456789abcdef"', "bytes 0-7/8", 8, status),
        "total": other_object(etag, "bytes 0-7/777", 8, status),
        "range": other_object(etag, "bytes 1-7/8", 7, status),
        "length": other_object(etag, "bytes 0-7/8", 9, status),
    }[said]
    here.proxy.set(lie)
    with here.store.open(location) as reader, pytest.raises((Mismatch, BackendError)):
        reader.read()
    here.proxy.set()
    here.store.delete(location)


def test_a_whole_object_in_place_of_a_range_is_refused(here: Place) -> None:
    location = here.store.put("small", b"the data").location
    etag = etag_of(here)
    here.proxy.set(other_object(etag, "", 8, 200))
    with here.store.open(location, 3) as reader, pytest.raises(BackendError):
        reader.read()
    here.proxy.set()
    here.store.delete(location)


@pytest.mark.parametrize("length", ["-3", "a", "9" * 5000, None], ids=["negative", "no-number", "huge", "none"])
def test_a_length_that_is_none_is_no_length(here: Place, length: str | None) -> None:
    location = here.store.put("small", b"data").location
    here.proxy.set(Fault(method="HEAD", path=ONE, times=None, changed={"Content-Length": length}))
    with pytest.raises(StoreError), here.store.open(location) as reader:
        reader.read()
    here.proxy.set()
    here.store.delete(location)


def test_a_weak_etag_is_equal_to_itself(here: Place) -> None:
    location = here.store.put("small", b"data").location
    here.proxy.set(Fault(path=ONE, times=None, changed={"ETag": 'W/"weak"'}))
    with here.store.open(location) as reader:
        assert reader.read() == b"data"
    assert [one.headers.get("if-match") for one in asked(here.proxy, "GET")][-1] is None
    here.proxy.set(Fault(method="GET", path=ONE, times=None, changed={"ETag": 'W/"other"'}))
    with here.store.open(location) as reader, pytest.raises(Mismatch):
        reader.read()
    here.proxy.set()
    here.store.delete(location)


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_404_that_does_not_say_what_is_missing_is_no_missing_image(here: Place, method: str) -> None:
    location = here.store.put("small", b"data").location
    here.proxy.set(Fault(method=method, path=ONE, status=404, times=None, body=PAGE))
    with pytest.raises(Unavailable), here.store.open(location) as reader:
        reader.read()
    if method == "HEAD":
        with pytest.raises(Unavailable):
            here.store.delete(location)
    here.proxy.set()
    here.store.delete(location)


@pytest.mark.parametrize("checksum", ["md5", "crc32", "sha256", "none"])
def test_every_object_is_sent_with_a_checksum(
    make_store: MakeStore, request: pytest.FixtureRequest, moto: Moto, checksum: str
) -> None:
    # As AWS has it where a bucket's objects are locked; and by turns, so that there are tickets.
    with HttpFaults("127.0.0.1", moto.port) as proxy:
        proxy.set(
            Fault(
                method="PUT",
                path="/locked/" if checksum != "none" else r"/locked/\.orlop",
                lacks=SUMS,
                times=None,
                status=400,
                body=refusal("InvalidRequest"),
            )
        )
        for create_only in ("auto", "turns"):
            account = S3Account(proxy.base, "anybody", "anything")
            store = make_store(account, bucket="locked", part=SMALL, checksum=checksum, create_only=create_only)
            for data in (b"data", DATA):
                store.delete(store.put("image", data).location)


def test_how_long_to_wait_is_heard(here: Place) -> None:
    location = here.store.put("small", b"data").location
    slow = {"Retry-After": "2"}
    here.proxy.set(Fault(method="HEAD", path=ONE, status=503, headers=slow, times=1))
    begun = time.monotonic()
    assert here.store.stat(location).size == 4
    assert time.monotonic() - begun >= 2
    here.proxy.set()
    here.store.delete(location)


def listing(inner: str) -> bytes:
    return f"<?xml version='1.0'?><ListBucketResult><Name>faults</Name>{inner}</ListBucketResult>".encode()


ONE_OBJECT = "<Key>a</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified>"
MALFORMED = {
    "nothing": b"",
    "page": PAGE,
    "no xml": b"\xff\xfe{}",
    "another bucket": b"<ListBucketResult><Name>other</Name></ListBucketResult>",
    "no key": listing("<Contents><Size>1</Size></Contents>"),
    "no size": listing("<Contents><Key>a</Key></Contents>"),
    "no date": listing("<Contents><Key>a</Key><Size>1</Size></Contents>"),
    "bad size": listing(f"<Contents>{ONE_OBJECT.replace('>1<', '>x<')}</Contents>"),
    "negative size": listing(f"<Contents>{ONE_OBJECT.replace('>1<', '>-1<')}</Contents>"),
    "4300 digits": listing(f"<Contents>{ONE_OBJECT.replace('>1<', f'>{9:0<5000}<')}</Contents>"),
    "bad date": listing(f"<Contents>{ONE_OBJECT.replace('2026-01-01T00:00:00Z', 'yesterday')}</Contents>"),
    "deep": b"<a>" * 100000,
    "bomb": b"<!DOCTYPE l [<!ENTITY a 'xxxxxxxxxx'>"
    + b"".join(b"<!ENTITY a%d '%b'>" % (at, b"&a%b;" % (b"%d" % (at - 1) if at else b"") * 10) for at in range(9))
    + b"]><ListBucketResult><Name>&a8;</Name></ListBucketResult>",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_listing_that_cannot_be_read_is_an_error_of_the_store(here: Place, body: bytes) -> None:
    here.proxy.set(Fault(method="GET", path="list-type=2", status=200, body=body, times=None))
    with pytest.raises(StoreError) as caught:
        list(here.store.list())
    assert "\x1b" not in str(caught.value)
    with pytest.raises(StoreError):
        list(here.store.leftovers())
    here.proxy.set()


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("path", ["list-type=2", "uploads", ONE])
def test_an_answer_without_an_end_ends(moto: Moto, make_store: MakeStore, path: str, status: int) -> None:
    place = {"bucket": "endless", "prefix": f"{uuid.uuid4().hex}/"}
    make_store(moto.account, **place).put("first", b"")
    with HttpFaults("127.0.0.1", moto.port) as proxy:
        account = S3Account(proxy.base, "anybody", "anything")
        store = make_store(account, **place, attempts=1, commit_deadline=2.0)
        proxy.set(Fault(path=path, method="PUT" if path == ONE else "GET", status=status, endless=True, times=None))
        with pytest.raises(StoreError):
            store.put("small", b"data") if path == ONE else [*store.list(), *store.leftovers()]
        proxy.set()
        # The connections of all of them are closed, and not read on by some thread.
        until = time.monotonic() + 20
        while proxy.busy():
            assert time.monotonic() < until
            time.sleep(0.01)


@pytest.fixture
def checked(moto: Moto, make_store: MakeStore) -> Iterator[Any]:
    make_store(moto.account, bucket="checked").put("first", b"")
    with HttpFaults("127.0.0.1", moto.port) as proxy:
        account = S3Account(proxy.base, "anybody", "anything")
        store = make_store(account, bucket="checked", attempts=1)

        def check(*faults: Fault) -> Finding:
            proxy.set(*faults)
            return store.check()[-1]

        yield check


def test_a_check_says_what_a_call_would_meet(checked: Any) -> None:
    assert checked().severity is Severity.OK
    for fault, kind in (
        (Fault(status=403, body=refusal("AccessDenied"), times=None), PermissionDenied),
        (Fault(status=503, body=refusal("SlowDown"), times=None), Unavailable),
        (Fault(status=200, body=PAGE, times=None), Unavailable),
        (Fault(status=404, body=PAGE, times=None), Unavailable),
    ):
        found = checked(fault)
        assert (found.severity, found.kind) == (Severity.ERROR, kind)
    denied = Fault(path="uploads", status=403, body=refusal("AccessDenied"), times=None)
    assert "s3:ListBucketMultipartUploads" in checked(denied).message


def test_retry_after_is_seconds_or_a_date() -> None:
    from email.utils import formatdate

    from botocore.exceptions import ClientError

    def said(text: str) -> float | None:
        metadata = {"HTTPHeaders": {"retry-after": text}, "HTTPStatusCode": 503}
        driver = S3Driver(settings_for(S3Account("http://127.0.0.1:1", "me", "it")))
        return driver.retry_after(ClientError({"ResponseMetadata": metadata}, "PutObject"))

    assert said("8") == 8
    assert 7 < (said(formatdate(time.time() + 10, usegmt=True)) or 0) <= 10
    assert said(formatdate(time.time() - 10, usegmt=True)) == 0
    assert [said(text) for text in ("", "soon", "-1", "9" * 400)] == [None] * 4
