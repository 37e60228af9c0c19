"""Which image is meant: one that may since have gone, and another of its name have come.

An image is told by the token of its upload, which is in its metadata; one that was not stored by this driver by its
ETag, size and date.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from botocore.exceptions import ClientError

from orlop.drivers.s3.answers import is_strong, opaque
from orlop.drivers.s3.bucket import Bucket
from orlop.drivers.s3.failures import status_of
from orlop.drivers.s3.keeping import is_beside, token_of
from orlop.errors import NotFound

_REFUSED = frozenset({400, 405, 409, 412, 501})


@dataclass(frozen=True, slots=True)
class ImageIdentity:
    """One image, apart from any other that has or will have its name; `beside`: its digests are in another object."""

    token: str = ""
    etag: str = ""
    size: int = 0
    modified: str = ""
    beside: bool = False

    @classmethod
    def of(cls, head: Mapping[str, Any]) -> Self:
        """That of the object of which the server says this."""
        return cls(
            token_of(head),
            opaque(head.get("ETag", "")),
            int(head.get("ContentLength", 0)),
            str(head.get("LastModified", "")),
            is_beside(head),
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """The identity that `text` says.

        Raises:
            NotFound: it says none, so it is that of no image here.
        """
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            raise NotFound("there is no such image: this is no identity of one in this store") from None

    def text(self) -> str:
        """Everything in one line."""
        return json.dumps(asdict(self))

    def is_of(self, head: Mapping[str, Any]) -> bool:
        """Whether the object of which the server says this is the one that is meant."""
        found = ImageIdentity.of(head)
        return found.token == self.token if self.token or found.token else found == self


def remove_identified(bucket: Bucket, name: str, meant: ImageIdentity) -> bool:
    """Remove the object of this name if it is the one that is meant; whether it was there.

    The request names its ETag, so that a server which heeds that (AWS does) never removes one that comes in between.

    Raises:
        Unavailable: it is there still.
    """
    head = bucket.find(name)
    if head is None or not meant.is_of(head):
        return False
    condition = {"IfMatch": head["ETag"]} if is_strong(head["ETag"]) else {}
    try:
        bucket.remove(name, meant.is_of, **condition)
    except ClientError as error:
        if not condition or status_of(error) not in _REFUSED:
            raise
        # It is another one by now; or the server does not take the condition, or not for objects in parts.
        head = bucket.find(name)
        if head is None or not meant.is_of(head):
            return True
        bucket.remove(name, meant.is_of)
    return True
