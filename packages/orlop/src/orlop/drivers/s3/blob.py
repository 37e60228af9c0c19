"""One image in a bucket, opened for reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from orlop.driver import Blob
from orlop.drivers.s3.answers import Answer, is_strong, opaque, status_of_answer, whole
from orlop.drivers.s3.bucket import Bucket
from orlop.drivers.s3.failures import status_of
from orlop.errors import BackendError, Mismatch, Unavailable

_PIECE = 1024 * 1024
_FAR_LANES = 12
_WHOLE = 200
"""The status of an answer that is the whole object, whatever range was asked for."""


class S3Blob(Blob):
    """The object as it was when it was opened: what it became since is never given for it. Safe in many threads."""

    def __init__(self, bucket: Bucket, image_id: str) -> None:
        self.bucket = bucket
        self._image_id = image_id
        head = bucket.head(image_id)
        self._etag = str(head["ETag"])
        self.size: int = int(head["ContentLength"])
        self.lanes = self._worth()

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        end = self.size if stop is None else min(stop, self.size)
        if start >= end:
            return
        body = self._ask(start, end)
        position = start
        try:
            while position < end and (piece := body.read(min(_PIECE, end - position))):
                position += len(piece)
                yield piece
        finally:
            body.close()  # one that was read to its end goes back to the others, another one is closed
        if position < end:
            raise Unavailable(f"the answer ended after {position - start} of {end - start} bytes")

    def source(self) -> dict[str, Any]:
        """What a request says that copies from this object."""
        return {
            "CopySource": {"Bucket": self.bucket.settings.bucket, "Key": self.bucket.key(self._image_id)},
            **self._condition("CopySourceIfMatch"),
            **self.bucket.encryption.copying(),
        }

    def _worth(self) -> int:
        """How many ranges are worth fetching at once."""
        wanted = self.bucket.settings.read_lanes
        if wanted is not None:
            return wanted
        if self.size <= self.segment:
            return 1
        return _FAR_LANES if self.bucket.client.distance.is_far(lambda: self.bucket.head(self._image_id)) else 1

    def _ask(self, start: int, end: int) -> Any:
        words = {"Range": f"bytes={start}-{end - 1}", **self._condition("IfMatch"), **self.bucket.encryption.reading()}
        try:
            answer = self.bucket.ask("get_object", self._image_id, **words)
        except ClientError as error:
            if status_of(error) in {412, 416}:
                raise Mismatch("the image has changed since it was opened") from error
            raise
        body = answer["Body"]
        try:
            self._require_same(whole(answer, "ContentLength", "ETag"), start, end)
        except BaseException:
            body.close()
            raise
        return body

    def _require_same(self, answer: Answer, start: int, end: int) -> None:
        """Make sure that these are the bytes that were asked for, of the object that was opened.

        Raises:
            Mismatch: they are of another object.
            BackendError: they are other bytes.
        """
        if opaque(answer["ETag"]) != opaque(self._etag):
            raise Mismatch("the server sent another object than the one that was opened: its ETag differs")
        whole_object = f"bytes 0-{self.size - 1}/{self.size}"
        said = str(answer.get("ContentRange") or (whole_object if status_of_answer(answer) == _WHOLE else "")).lower()
        if said.partition("/")[2] not in {str(self.size), "*"}:
            raise Mismatch(f"the server sent another object than the one that was opened: {said or 'no range'}")
        if said.partition("/")[0] != f"bytes {start}-{end - 1}" or answer["ContentLength"] != end - start:
            raise BackendError(
                f"the server sent {said or 'no range'} ({answer['ContentLength']} bytes), "
                f"and was asked for bytes from {start} up to {end}"
            )

    def _condition(self, name: str) -> dict[str, str]:
        """What makes the server refuse another object; a weak ETag never meets such a condition."""
        return {name: self._etag} if is_strong(self._etag) else {}
