"""The S3 driver: images are objects in a bucket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from orlop.capabilities import Capability
from orlop.driver import Blob, Driver, Upload
from orlop.drivers.s3 import failures
from orlop.drivers.s3.blob import S3Blob
from orlop.drivers.s3.bucket import Bucket
from orlop.drivers.s3.creating import Creating
from orlop.drivers.s3.identity import ImageIdentity, remove_identified
from orlop.drivers.s3.inspection import inspect
from orlop.drivers.s3.keeping import kept, remove_beside
from orlop.drivers.s3.leftovers import leftovers_in, remove_leftover
from orlop.drivers.s3.settings import S3Settings
from orlop.drivers.s3.upload import S3Upload
from orlop.errors import NotFound, StoreError
from orlop.location import refused_id
from orlop.records import Finding, Leftover, Stat


class S3Driver(Driver[S3Settings]):
    """Keeps each image in an object named by its id."""

    settings_type = S3Settings
    schemes = ("s3+https", "s3", "s3+http")
    capabilities = (
        Capability.READ_ACCESS
        | Capability.READ_RANDOM
        | Capability.WRITE_ACCESS
        | Capability.DRIVER_REUSABLE
        | Capability.DELETE
        | Capability.ATOMIC
        | Capability.LIST
        | Capability.COPY
        | Capability.DIGESTS
    )

    def __init__(self, settings: S3Settings) -> None:
        super().__init__(settings)
        self._bucket = Bucket(settings)
        self._creating = Creating(self._bucket)
        if not settings.digests:
            self.capabilities &= ~Capability.DIGESTS

    def classify(self, error: BaseException) -> type[StoreError] | None:
        return failures.classify(error)

    def retry_after(self, error: BaseException) -> float | None:
        return failures.retry_after(error)

    def open(self, location: str) -> Blob:
        return S3Blob(*self._bucket.image_at(location))

    def stat(self, location: str) -> Stat:
        bucket, image_id = self._bucket.image_at(location)
        head = bucket.head(image_id)
        return _stat(bucket, image_id, head["ContentLength"], head, kept(bucket, image_id, head))

    def upload(self, image_id: str, size: int | None) -> Upload:
        self._bucket.make()
        self._creating.refuse_existing(image_id)
        return S3Upload(self._bucket, self._creating, image_id, size)

    def identify(self, location: str) -> str:
        bucket, image_id = self._bucket.image_at(location)
        return ImageIdentity.of(bucket.head(image_id)).text()

    def delete(self, location: str, identity: str) -> None:
        bucket, image_id = self._bucket.image_at(location)
        meant = ImageIdentity.parse(identity)
        was_there = remove_identified(bucket, image_id, meant)
        if meant.beside:
            remove_beside(bucket, image_id, meant.token)
        if not was_there:
            raise NotFound("there is no such image any more")

    def locate(self, image_id: str) -> str:
        self._bucket.head(image_id)
        return self._bucket.location(image_id)

    def list(self) -> Iterator[Stat]:
        try:
            for name, item, _ in self._bucket.objects():
                if not refused_id(name):
                    yield _stat(self._bucket, name, item["Size"], item, {})
        except ClientError as error:
            if failures.code_of(error) != "NoSuchBucket" or not self.settings.create_bucket:
                raise

    def check(self) -> Sequence[Finding]:
        return inspect(self._bucket)

    def leftovers(self) -> Iterator[Leftover]:
        return leftovers_in(self._bucket)

    def clean(self, leftover: Leftover) -> None:
        remove_leftover(self._bucket, leftover)

    def close(self) -> None:
        self._bucket.close()


def _stat(bucket: Bucket, image_id: str, size: int, said: dict[str, Any], digests: dict[str, str]) -> Stat:
    return Stat(bucket.location(image_id), size, image_id, digests=digests, modified=said.get("LastModified"))
