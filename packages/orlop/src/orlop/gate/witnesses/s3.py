"""Looks into the bucket of an S3 store by plain requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from orlop.driver import Driver
from orlop.drivers.s3.client import Client
from orlop.drivers.s3.encryption import Encryption
from orlop.drivers.s3.failures import classify
from orlop.drivers.s3.listing import OBJECTS, UPLOADS, pages
from orlop.errors import NotFound
from orlop.gate.witness import Witness

_UPLOAD = "?uploadId="


class S3Witness(Witness):
    """Every object below the prefix counts, and every upload in parts that has not ended."""

    independent = False  # the same SDK, with a client of its own

    def __init__(self, driver: Driver[Any], server: str | None = None) -> None:
        """`server` is the server's name and version where they are known; else what it calls itself is told."""
        self._server = server
        settings = driver.settings
        self._prefix = settings.prefix
        self._bucket = settings.bucket
        self._client = Client(settings)
        self._reading = Encryption.of(settings).reading()

    def names(self) -> set[str]:
        """The keys of all objects, and of all uploads under way."""
        return set(self._objects()) | {f"{key}{_UPLOAD}{upload}" for key, upload in self._uploads()}

    def read(self, location: str) -> bytes | None:
        """The bytes of the object whose key the location ends with."""
        key = unquote(location.partition(f"/{self._bucket}/")[2])
        try:
            body = self._client("get_object", Bucket=self._bucket, Key=key, **self._reading)["Body"]
        except Exception as error:
            if classify(error) is NotFound:
                return None
            raise
        with body:
            found: bytes = body.read()
        return found

    def server_version(self) -> str | None:
        """The server's name; what it calls itself may be the name of the library that it is built on."""
        if self._server is not None:
            return self._server
        answer = self._client("list_buckets")
        name: str | None = answer["ResponseMetadata"]["HTTPHeaders"].get("server")
        return name

    def sweep(self) -> None:
        """Remove everything below the scratch prefix."""
        if ".orlop-scratch-" not in self._prefix:
            return
        for key, upload in list(self._uploads()):
            self._client("abort_multipart_upload", Bucket=self._bucket, Key=key, UploadId=upload)
        for key in list(self._objects()):
            self._client("delete_object", Bucket=self._bucket, Key=key)

    def _objects(self) -> Iterator[str]:
        for items, _ in pages(OBJECTS, self._ask, self._bucket, Prefix=self._prefix):
            for one in items:
                yield one["Key"]

    def _uploads(self) -> Iterator[tuple[str, str]]:
        for items, _ in pages(UPLOADS, self._ask, self._bucket, Prefix=self._prefix):
            for one in items:
                yield one["Key"], one["UploadId"]

    def _ask(self, operation: str, **words: Any) -> dict[str, Any]:
        return self._client(operation, Bucket=self._bucket, **words)
