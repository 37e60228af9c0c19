"""Digests kept with an image.

They are known when its last byte has come. A single request has the bytes and the metadata, so there they are
metadata. The metadata of an upload in parts is said at its beginning; its digests are in a small object of their own,
written before the image becomes visible. Its name holds the token of the upload, and so does the image's metadata:
digests of one upload are never taken for those of another. (Tags could be set afterwards only, and not every server
has them.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from orlop.drivers.s3.bucket import Bucket
from orlop.drivers.s3.failures import is_absent
from orlop.drivers.s3.names import digests_name
from orlop.errors import BackendError

TOKEN = "orlop-upload"  # noqa: S105 - no password
_INLINE = "orlop-digests"
_BESIDE = "beside"
_LIMIT = 64 * 1024


def marked(token: str, digests: Mapping[str, str] | None) -> dict[str, str]:
    """The metadata of an object of the upload of this token; None: its digests, if any, are beside it."""
    if digests is None:
        return {TOKEN: token, _INLINE: _BESIDE}
    return {TOKEN: token, _INLINE: ",".join(f"{name}:{value}" for name, value in digests.items())}


def token_of(head: Mapping[str, Any]) -> str:
    """The token of the upload that has made an object; empty when it was none of ours."""
    return str(_metadata(head).get(TOKEN, ""))


def keep_beside(bucket: Bucket, image_id: str, token: str, digests: Mapping[str, str]) -> None:
    """Write the digests of an image that is about to become visible."""
    body = json.dumps({"image": image_id, "digests": dict(digests)}).encode()
    bucket.ask("put_object", digests_name(image_id, token), Body=body, ContentType="application/json")


def kept(bucket: Bucket, image_id: str, head: Mapping[str, Any]) -> dict[str, str]:
    """The digests that are kept with an image, by algorithm; `head` is what the server says of it."""
    said = str(_metadata(head).get(_INLINE, ""))
    if said != _BESIDE:
        return dict(one.split(":", 1) for one in said.split(",") if ":" in one)
    try:
        answer = bucket.ask("get_object", digests_name(image_id, token_of(head)))
        content = json.loads(answer["Body"].read(_LIMIT))
        return {str(name): str(value) for name, value in content["digests"].items()}
    except ClientError as error:
        if is_absent(error):
            return {}
        raise
    except (ValueError, KeyError, AttributeError, TypeError):
        return {}  # somebody else's object by that name: no digests, then


def remove_beside(bucket: Bucket, image_id: str, head: Mapping[str, Any]) -> None:
    """Remove what is kept beside an image that is gone.

    Raises:
        BackendError: it is still there. To delete the image again would not find it.
    """
    if _metadata(head).get(_INLINE) != _BESIDE or not (token := token_of(head)):
        return
    for left in reversed(range(bucket.settings.attempts)):
        try:
            bucket.remove(digests_name(image_id, token))
            return
        except Exception as error:
            if not left:
                raise BackendError(
                    "the image is deleted, but the object with its digests could not be; 'orlop clean' removes it"
                ) from error


def _metadata(head: Mapping[str, Any]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in (head.get("Metadata") or {}).items()}
