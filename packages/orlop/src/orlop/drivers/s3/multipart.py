"""One upload in parts, as S3 has it: begun, filled in any order, put together or given up."""

from __future__ import annotations

import threading
from typing import Any

from botocore.exceptions import ClientError

from orlop.drivers.s3.answers import Answer, about, whole
from orlop.drivers.s3.bucket import Bucket
from orlop.drivers.s3.checksums import compare_parts
from orlop.drivers.s3.failures import code_of
from orlop.errors import Unavailable

_TRIES = 3
_GONE = frozenset({"NoSuchUpload", "NoSuchKey", "NoSuchBucket"})


class Multipart:
    """The parts of one object that is to be called `name`; safe in many threads."""

    def __init__(self, bucket: Bucket, name: str, words: dict[str, Any]) -> None:
        """Begin; `words` are what the object is to have: metadata, storage class, encryption."""
        self._bucket = bucket
        self._name = name
        self._checksums = bucket.checksums
        self._lock = threading.Lock()
        self._parts: dict[int, tuple[dict[str, Any], bytes | None]] = {}
        answer = bucket.ask("create_multipart_upload", name, **words, **self._checksums.beginning())
        self._id = str(self._mine(whole(answer, "UploadId"))["UploadId"])

    def send(self, number: int, data: bytes) -> None:
        """Store one part; again is harmless."""
        sum_ = self._checksums.of(data)
        words = {**sum_.words, **self._bucket.encryption.reading()}
        answer = self._ask("upload_part", PartNumber=number, Body=data, **words)
        etag = whole(answer, "ETag")["ETag"]
        sum_.compare(answer)
        self._keep(number, {"ETag": etag, **self._checksums.part(sum_)}, sum_.md5)

    def copy(self, number: int, source: dict[str, Any], start: int, stop: int) -> None:
        """Have the server make a part of bytes of another object; `source` says which, as botocore takes it.

        One that has been made is not made again.
        """
        with self._lock:
            if number in self._parts:
                return
        answer = self._ask(
            "upload_part_copy",
            PartNumber=number,
            CopySourceRange=f"bytes={start}-{stop - 1}",
            **source,
            **self._bucket.encryption.reading(),
        )
        result = answer.get("CopyPartResult") or {}
        known = {name: result[name] for name in ("ETag", "ChecksumCRC32", "ChecksumSHA256") if name in result}
        self._keep(number, whole(known, "ETag"), None)

    def complete(self, **words: Any) -> None:
        """Make an object of the parts; `words` may hold conditions."""
        with self._lock:
            parts = [{"PartNumber": number, **self._parts[number][0]} for number in sorted(self._parts)]
            sums = [self._parts[number][1] for number in sorted(self._parts)]
        words = {**words, **self._bucket.encryption.reading()}
        answer = self._ask("complete_multipart_upload", MultipartUpload={"Parts": parts}, **words)
        self._mine(whole(answer, "ETag"))
        known = [one for one in sums if one is not None]
        if len(known) == len(sums):
            compare_parts(answer, known)

    def give_up(self) -> None:
        """Have the server throw the parts away; again is harmless."""
        give_up(self._bucket, self._bucket.key(self._name), self._id)

    def _mine(self, answer: Answer) -> Answer:
        """The answer, which must be about this object where it says about which."""
        return about(answer, Bucket=self._bucket.settings.bucket, Key=self._bucket.key(self._name))

    def _ask(self, operation: str, **words: Any) -> dict[str, Any]:
        return self._bucket.ask(operation, self._name, UploadId=self._id, **words)

    def _keep(self, number: int, said: dict[str, Any], md5: bytes | None) -> None:
        with self._lock:
            self._parts[number] = (said, md5)


def give_up(bucket: Bucket, key: str, upload: str) -> None:
    """Abort an upload.

    A part that was on its way may have come after that, and be kept (AWS, "AbortMultipartUpload"): so it is asked
    whether there are any, and aborted again.

    Raises:
        Unavailable: parts are still there.
    """
    for _ in range(_TRIES):
        try:
            bucket.ask("abort_multipart_upload", Key=key, UploadId=upload)
            found = about(bucket.ask("list_parts", Key=key, UploadId=upload, MaxParts=1), UploadId=upload)
        except ClientError as error:
            if code_of(error) in _GONE:
                return
            raise
        if not whole(found, "UploadId").get("Parts"):
            return
    raise Unavailable(f"parts of an aborted upload of {key} are still there")
