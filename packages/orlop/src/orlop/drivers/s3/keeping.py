"""Digests kept with an image.

They are known when its last byte has come. A single request has the bytes and the metadata, so there they are
metadata. The metadata of an upload in parts is said at its beginning; its digests are in a small object of their own,
written before the image becomes visible. Its name holds the token of the upload, and so does the image's metadata:
digests of one upload are never taken for those of another. (Tags could be set afterwards only, and not every server
has them.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from orlop.drivers.s3.answers import whole
from orlop.drivers.s3.bucket import Bucket
from orlop.drivers.s3.failures import classify, names_absence, retry_after
from orlop.drivers.s3.names import digests_name
from orlop.errors import StoreError, Unavailable

TOKEN = "orlop-upload"  # noqa: S105 - no password
_INLINE = "orlop-digests"
_BESIDE = "beside"
_LIMIT = 64 * 1024
_DIGEST = re.compile(r"[a-z0-9_]+:[0-9a-f]+")


def marked(token: str, digests: Mapping[str, str] | None) -> dict[str, str]:
    """The metadata of an object of the upload of this token; None: its digests, if any, are beside it."""
    if digests is None:
        return {TOKEN: token, _INLINE: _BESIDE}
    return {TOKEN: token, _INLINE: ",".join(f"{name}:{value}" for name, value in digests.items())}


def token_of(head: Mapping[str, Any]) -> str:
    """The token of the upload that has made an object; empty when it was none of ours."""
    return str(_metadata(head).get(TOKEN, ""))


def is_beside(head: Mapping[str, Any]) -> bool:
    """Whether the digests of an image are in an object of their own."""
    return _metadata(head).get(_INLINE) == _BESIDE and bool(token_of(head))


def keep_beside(bucket: Bucket, image_id: str, token: str, digests: Mapping[str, str]) -> None:
    """Write the digests of an image that is about to become visible."""
    body = json.dumps({"image": image_id, "digests": dict(digests)}).encode()
    bucket.store(digests_name(image_id, token), body, ContentType="application/json")


def kept(bucket: Bucket, image_id: str, head: Mapping[str, Any]) -> dict[str, str]:
    """The digests that are kept with an image, by algorithm; `head` is what the server says of it.

    Raises:
        Unavailable: nobody says whether there are any.
    """
    if not is_beside(head):
        said = str(_metadata(head).get(_INLINE, ""))
        return _plausible(dict(one.split(":", 1) for one in said.split(",") if ":" in one))
    try:
        answer = bucket.ask("get_object", digests_name(image_id, token_of(head)))
    except ClientError as error:
        if names_absence(error):
            return {}
        raise
    with answer["Body"] as body:
        length = whole(answer, "ContentLength", "ETag")["ContentLength"]
        content = body.read(_LIMIT)
    if len(content) < min(length, _LIMIT):
        raise Unavailable(f"the answer ended after {len(content)} of {length} bytes")
    try:
        said = json.loads(content)
        return _plausible(said["digests"]) if said["image"] == image_id else {}
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return {}  # somebody else's object by that name: no digests, then


def remove_beside(bucket: Bucket, image_id: str, token: str) -> None:
    """Remove what is kept beside an image that is gone.

    Raises:
        StoreError: it is there still.
    """
    try:
        bucket.remove(digests_name(image_id, token))
    except Exception as error:
        kind = type(error) if isinstance(error, StoreError) else classify(error)
        if kind is None:
            raise
        raise kind(
            f"the image is deleted, but the object with its digests could not be ({error}); 'orlop clean' removes it",
            retry_after=retry_after(error),
        ) from error


def _plausible(digests: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in digests.items() if _DIGEST.fullmatch(f"{name}:{value}")}


def _metadata(head: Mapping[str, Any]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in (head.get("Metadata") or {}).items()}
