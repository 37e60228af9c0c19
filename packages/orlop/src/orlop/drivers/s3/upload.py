"""One image on its way into a bucket: one request where it fits into one part, else an upload in parts."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from orlop.driver import Blob, Upload
from orlop.drivers.s3.blob import S3Blob
from orlop.drivers.s3.bucket import Bucket
from orlop.drivers.s3.checksums import Checksums
from orlop.drivers.s3.creating import Creating
from orlop.drivers.s3.failures import code_of, status_of
from orlop.drivers.s3.keeping import keep_beside, marked, token_of
from orlop.drivers.s3.multipart import Multipart
from orlop.drivers.s3.names import digests_name
from orlop.drivers.s3.parts import LARGEST, MOST, Parts
from orlop.errors import AlreadyExists, BackendError, StoreFull, Unsupported

_COPIED = 256 * 1024 * 1024
"""Bytes that the server is asked to copy by one request: it must answer within `read_timeout`."""


class S3Upload(Upload):
    """Keeps the first block until another one, or the end, comes: only then it is known which way to go."""

    repeatable_commit = True

    def __init__(self, bucket: Bucket, creating: Creating, image_id: str, size: int | None) -> None:
        if size is not None and size > LARGEST:
            raise StoreFull(f"an object in S3 has at most {LARGEST} bytes, and this image has {size}")
        self._bucket = bucket
        self._creating = creating
        self._image_id = image_id
        self._token = uuid.uuid4().hex
        self._parts = Parts(bucket.settings.part_size, size)
        self.block_size = self._parts.least
        self.lanes = bucket.settings.lanes
        self._lock = threading.Lock()
        self._first: bytes | None = None
        self._multipart: Multipart | None = None
        self._beside = self._kept = False
        self._publishing = False
        self._over = False

    def block_size_at(self, offset: int) -> int:
        return self._parts.size_at(offset)

    def write(self, offset: int, block: bytes) -> None:
        if offset == 0 and self._keep(block):
            return
        upload = self._in_parts()
        self._send_first(upload)
        if (number := self._parts.number_at(offset)) > MOST:
            raise StoreFull(f"an upload to S3 has at most {MOST} parts")
        upload.send(number, block)

    def clone(self, blob: Blob) -> None:
        if not isinstance(blob, S3Blob) or not self._bucket.reaches(blob.bucket):
            raise Unsupported("only an image of the same server and account can be copied there")
        if not blob.size:
            return  # no part can be empty: `commit` makes the object
        upload = self._in_parts()
        step = max(_COPIED, -(-blob.size // MOST))
        pieces = [(at, min(at + step, blob.size)) for at in range(0, blob.size, step)]
        try:
            with ThreadPoolExecutor(self.lanes) as pool:
                list(pool.map(lambda one: upload.copy(one[0] // step + 1, blob.source(), *one), pieces))
        except ClientError as error:
            if status_of(error) not in {400, 404, 405, 501}:
                raise
            upload.give_up()
            self._multipart = None
            raise Unsupported(f"this server does not copy parts ({code_of(error)})") from error

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        kept = dict(digests) if self._bucket.settings.digests else {}
        with self._lock:
            if self._over:
                raise BackendError("this upload was aborted")
            again, self._publishing = self._publishing, True
            upload = self._multipart
        if again and self._is_mine():
            return self._bucket.location(self._image_id)  # the first call has made it, and was not told
        if upload is None:
            self._create(self._whole(kept))
        else:
            if kept and not self._kept:
                self._beside = True
                keep_beside(self._bucket, self._image_id, self._token, kept)
                self._kept = True
            self._create(lambda words: upload.complete(**words))
        return self._bucket.location(self._image_id)

    def abort(self) -> None:
        with self._lock:
            self._over, self._first = True, None
        if self._multipart is not None:
            self._multipart.give_up()
        if self._publishing and self._is_mine():
            self._bucket.remove(self._image_id)
        if self._beside:
            self._bucket.remove(digests_name(self._image_id, self._token))

    def _keep(self, block: bytes) -> bool:
        """Keep the first block; False when it is to be sent now, because there are others."""
        with self._lock:
            if self._multipart is not None or self._over:
                return False
            self._first = block
            return True

    def _send_first(self, upload: Multipart) -> None:
        with self._lock:
            first, self._first = self._first, None
        if first is None:
            return
        try:
            upload.send(1, first)
        except BaseException:
            with self._lock:
                self._first = first  # the engine repeats this call, or gives up
            raise

    def _in_parts(self) -> Multipart:
        with self._lock:
            if self._over:
                raise BackendError("this upload was aborted")
            if self._multipart is None:
                self._multipart = Multipart(self._bucket, self._image_id, self._words(None))
            return self._multipart

    def _whole(self, digests: Mapping[str, str]) -> Callable[[dict[str, str]], None]:
        data = self._first or b""
        sum_ = Checksums(self._bucket.settings.checksum, self._bucket.encryption.hides_md5).of(data)

        def put(words: dict[str, str]) -> None:
            answer = self._bucket.ask(
                "put_object", self._image_id, Body=data, **self._words(digests), **sum_.words, **words
            )
            sum_.compare(answer)

        return put

    def _words(self, digests: Mapping[str, str] | None) -> dict[str, Any]:
        storage = self._bucket.settings.storage_class
        return {
            "Metadata": marked(self._token, digests),
            "ContentType": "application/octet-stream",
            **({} if storage is None else {"StorageClass": storage}),
            **self._bucket.encryption.writing(),
        }

    def _create(self, make: Callable[[dict[str, str]], None]) -> None:
        """Make the object; that it is there already is fine when it was this upload that made it, unheard."""
        try:
            self._creating.create(self._image_id, self._token, make)
        except (ClientError, AlreadyExists) as error:
            if isinstance(error, ClientError) and status_of(error) not in {404, 409, 412}:
                raise
            if self._is_mine():
                return
            if isinstance(error, ClientError) and status_of(error) == 412:
                raise AlreadyExists("there is an image of this id") from error
            raise

    def _is_mine(self) -> bool:
        head = self._bucket.find(self._image_id)
        return head is not None and token_of(head) == self._token
