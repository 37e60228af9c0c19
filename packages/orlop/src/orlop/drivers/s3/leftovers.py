"""What dead uploads have left: uploads in parts that nobody continues, and small objects without their image.

S3 does not tell whether the writer of an upload lives. Its parts have dates, so an upload is taken for dead when for
`abandoned_after` seconds, by the server's clock, it has got no new part.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from orlop.drivers.s3.answers import header_of
from orlop.drivers.s3.bucket import Bucket
from orlop.drivers.s3.failures import code_of
from orlop.drivers.s3.keeping import token_of
from orlop.drivers.s3.listing import PARTS, UPLOADS, pages
from orlop.drivers.s3.multipart import give_up
from orlop.drivers.s3.names import OWN, PROBE, TURN, image_of_digests
from orlop.drivers.s3.turns import age, ticket_life
from orlop.errors import InvalidLocation
from orlop.location import refused_id
from orlop.records import Leftover

_MARK = "?uploadId="
_GONE = frozenset({"NoSuchUpload", "NoSuchKey"})


def leftovers_in(bucket: Bucket) -> Iterator[Leftover]:
    """What dead uploads have left below this store's prefix."""
    for key, upload, begun in _uploads(bucket):
        found = _dead_upload(bucket, key, upload, begun)
        if found is not None:
            yield found
    for name, item, now in bucket.objects(OWN):
        if _is_dead_object(bucket, name, item, now):
            image = image_of_digests(name)
            yield Leftover(bucket.key(name), item["Size"], image and image[0], item["LastModified"])


def remove_leftover(bucket: Bucket, leftover: Leftover) -> None:
    """Remove a leftover; one that is gone, or whose writer has come to life, is left alone.

    Raises:
        InvalidLocation: it is not one of this store.
    """
    key, mark, upload = leftover.place.rpartition(_MARK)
    if mark:
        if not _ours(bucket, key):
            raise InvalidLocation("this is no upload of this store")
        if _dead_upload(bucket, key, upload, leftover.modified) is not None:
            give_up(bucket, key, upload)
        return
    name = bucket.name(leftover.place)
    if name is None or not name.startswith(OWN):
        raise InvalidLocation("this is no leftover of an upload")
    if any(found == name and _is_dead_object(bucket, name, item, now) for found, item, now in bucket.objects(name)):
        bucket.remove(name)


def _uploads(bucket: Bucket) -> Iterator[tuple[str, str, datetime | None]]:
    try:
        for items, _ in pages(UPLOADS, bucket.ask, bucket.settings.bucket, Prefix=bucket.settings.prefix):
            for one in items:
                if _ours(bucket, one["Key"]):
                    yield one["Key"], one["UploadId"], one.get("Initiated")
    except ClientError as error:
        if not (code_of(error) in _GONE or (code_of(error) == "NoSuchBucket" and bucket.settings.create_bucket)):
            bucket.explain(error)
            raise


def _ours(bucket: Bucket, key: str) -> bool:
    name = bucket.name(key)
    return name is not None and (name.startswith(OWN) or not refused_id(name))


def _dead_upload(bucket: Bucket, key: str, upload: str, begun: datetime | None) -> Leftover | None:
    """The leftover that an upload is; None when it lives or is gone."""
    size, latest, now = 0, begun, ""
    try:
        for items, page in pages(PARTS, bucket.ask, upload, Key=key, UploadId=upload):
            now = header_of(page, "date")
            for part in items:
                size += part["Size"]
                latest = max(latest, part["LastModified"]) if latest is not None else part["LastModified"]
    except ClientError as error:
        if code_of(error) in _GONE:
            return None
        raise
    if latest is None or age({"LastModified": latest}, now) < bucket.settings.abandoned_after:
        return None
    return Leftover(f"{key}{_MARK}{upload}", size, bucket.name(key), latest)


def _is_dead_object(bucket: Bucket, name: str, item: dict[str, Any], now: str) -> bool:
    old = age(item, now)
    if name.startswith(TURN):
        return old >= ticket_life(bucket)
    if old < bucket.settings.abandoned_after:
        return False
    if (image := image_of_digests(name)) is not None:
        head = bucket.find(image[0])
        return head is None or token_of(head) != image[1]
    return name.startswith(PROBE)
