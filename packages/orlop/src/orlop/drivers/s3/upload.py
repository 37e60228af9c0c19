"""One image on its way into a bucket: one request where it fits into one part, else an upload in parts."""

from __future__ import annotations

import contextvars
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from botocore.exceptions import ClientError

from orlop.driver import Blob, Upload
from orlop.drivers.s3.blob import S3Blob
from orlop.drivers.s3.bucket import Bucket
from orlop.drivers.s3.creating import Creating
from orlop.drivers.s3.failures import code_of, status_of
from orlop.drivers.s3.identity import ImageIdentity, remove_identified
from orlop.drivers.s3.keeping import keep_beside, marked, token_of
from orlop.drivers.s3.multipart import Multipart
from orlop.drivers.s3.names import digests_name
from orlop.drivers.s3.parts import LARGEST, MOST, Parts
from orlop.drivers.s3.settling import Settling
from orlop.errors import AlreadyExists, BackendError, StoreFull, Unavailable, Unsupported

_ABORTED = "this upload was aborted"
_LOOKING = 0.9
"""The part of `commit_deadline` in which it is looked for an image whose making was not answered."""
_PRECONDITION = 412
_THERE_OR_GONE = frozenset({404, 409, _PRECONDITION})
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
        self._until: float | None = None
        self._over = threading.Event()

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
                # With the context of this call: what ends with it ends there, too.
                copies = [
                    pool.submit(
                        contextvars.copy_context().run, upload.copy, start // step + 1, blob.source(), start, stop
                    )
                    for start, stop in pieces
                ]
                for copy in copies:
                    copy.result()
        except ClientError as error:
            if status_of(error) not in {400, 404, 405, 501}:
                raise
            upload.give_up()
            self._multipart = None
            raise Unsupported(f"this server does not copy parts ({code_of(error)})") from error

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        kept = dict(digests) if self._bucket.settings.digests else {}
        with self._lock:
            if self._over.is_set():
                raise BackendError(_ABORTED)
            if self._until is None:
                self._until = time.monotonic() + _LOOKING * self._bucket.settings.commit_deadline
            again, self._publishing = self._publishing, True
            upload = self._multipart
        try:
            # The first call may have made it, and was not told.
            if not (again and self._is_mine()):
                self._publish(upload, kept)
        finally:
            if self._over.is_set():
                # This call may have been given up, and its connections with it; this has to be done all the same.
                contextvars.Context().run(self._remove_all)
        if self._over.is_set():
            raise BackendError(_ABORTED)
        return self._bucket.location(self._image_id)

    def abort(self) -> None:
        with self._lock:
            self._first = None
            self._over.set()
            upload = self._multipart
        with ExitStack() as last:
            # Looked again when the upload is given up: the server may have been making the image until then.
            last.callback(self._remove_all)
            if upload is not None:
                upload.give_up()

    def _publish(self, upload: Multipart | None, kept: dict[str, str]) -> None:
        if upload is None:
            self._create(self._whole(kept))
            return
        if kept and not self._kept:
            self._beside = True
            keep_beside(self._bucket, self._image_id, self._token, kept)
            self._kept = True
            if self._over.is_set():
                return
        self._create(lambda words: upload.complete(**words))

    def _remove_all(self) -> None:
        """Remove the image, and its digests, if this upload has made them."""
        with ExitStack() as last:
            if self._beside:
                last.callback(self._bucket.remove, digests_name(self._image_id, self._token))
            if self._publishing:
                remove_identified(self._bucket, self._image_id, ImageIdentity(token=self._token))

    def _keep(self, block: bytes) -> bool:
        """Keep the first block; False when it is to be sent now, because there are others."""
        with self._lock:
            if self._multipart is not None or self._over.is_set():
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
            if self._over.is_set():
                raise BackendError(_ABORTED)
            if self._multipart is None:
                self._multipart = Multipart(self._bucket, self._image_id, self._words(None))
            return self._multipart

    def _whole(self, digests: Mapping[str, str]) -> Callable[[dict[str, str]], None]:
        data = self._first or b""

        def put(words: dict[str, str]) -> None:
            self._bucket.store(self._image_id, data, self._bucket.checksums, **self._words(digests), **words)

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
        settings = self._bucket.settings
        settling = Settling(
            self._is_mine, self._over.is_set, self._until or 0.0, settings.attempts, settings.retry_seconds
        )
        try:
            self._creating.create(self._image_id, self._token, lambda words: settling.settle(lambda: make(words)))
        except (ClientError, AlreadyExists) as error:
            if isinstance(error, ClientError) and status_of(error) not in _THERE_OR_GONE:
                raise
            if (head := self._bucket.find(self._image_id)) is None:
                if isinstance(error, AlreadyExists) or status_of(error) == _PRECONDITION:
                    raise Unavailable("the server refuses to overwrite an image, and there is none") from error
                raise
            if token_of(head) == self._token:
                return
            if isinstance(error, ClientError) and status_of(error) == _PRECONDITION:
                raise AlreadyExists("there is an image of this id") from error
            raise

    def _is_mine(self) -> bool:
        head = self._bucket.find(self._image_id)
        return head is not None and token_of(head) == self._token
