"""The bucket of one store: its objects by their names, and what each request has to say of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from orlop.drivers.s3.answers import Answer, described, header_of, status_of_answer, whole
from orlop.drivers.s3.checksums import Checksums
from orlop.drivers.s3.client import Client
from orlop.drivers.s3.encryption import Encryption
from orlop.drivers.s3.failures import code_of, is_absent, names_absence, status_of
from orlop.drivers.s3.listing import OBJECTS, pages
from orlop.drivers.s3.locating import place_of
from orlop.drivers.s3.settings import S3Settings
from orlop.errors import BackendError, NotFound, Unavailable

_OURS = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})
_DEFAULT_REGION = "us-east-1"
_DELETED = 204
_EMPTY = 416
"""What a range of an object of no bytes is answered with."""


class Bucket:
    """One bucket, and the prefix in it."""

    def __init__(self, settings: S3Settings, client: Client | None = None) -> None:
        """`client`: that of another bucket, which the two then share."""
        self.settings = settings
        self.client = client or Client(settings)
        self.encryption = Encryption.of(settings)
        self.checksums = Checksums(settings.checksum, self.encryption.hides_md5)
        self._own_checksums = Checksums("md5" if settings.checksum == "none" else settings.checksum, hides_md5=False)
        self._there = False
        self._making = threading.Lock()

    # Names

    def key(self, name: str) -> str:
        """The key of the object that this store calls `name`: an image id, or one of the driver's own names."""
        return self.settings.prefix + name

    def name(self, key: str) -> str | None:
        """What this store calls the object of that key, or None when it is not one of its own."""
        name = key.removeprefix(self.settings.prefix)
        return None if "/" in name or not name or not key.startswith(self.settings.prefix) else name

    def location(self, image_id: str) -> str:
        """The location of an image."""
        path = f"{self.settings.bucket}/{self.key(image_id)}"
        return self.client.endpoint.root + quote(path, safe="/-._~")

    def image_at(self, location: str) -> tuple[Bucket, str]:
        """Where the image at `location` is, and its id: here, or where the settings say that others may be.

        Raises:
            InvalidLocation: it is one of another store.
        """
        place = place_of(location, self.settings, self.client.endpoint)
        if (place.bucket, place.prefix) == (self.settings.bucket, self.settings.prefix):
            return self, place.image_id
        there = {"bucket": place.bucket, "prefix": place.prefix, "create_bucket": False}
        return Bucket(self.settings.model_copy(update=there), self.client), place.image_id

    def reaches(self, other: Bucket) -> bool:
        """Whether this store's account can copy from that store's bucket within the server."""
        mine, theirs = self.settings, other.settings
        return (
            self.client.endpoint == other.client.endpoint
            and (mine.access_key, mine.profile) == (theirs.access_key, theirs.profile)
            and mine.region == theirs.region
        )

    # Objects

    def ask(self, operation: str, name: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Do one request about this bucket, or about the object of that name."""
        if name is not None:
            parameters["Key"] = self.key(name)
        return self.client(operation, Bucket=self.settings.bucket, **parameters)

    def store(self, name: str, body: bytes, checksums: Checksums | None = None, **words: Any) -> Answer:
        """Make an object by one request, its bytes guarded by `checksums`; the server has to name it in its answer.

        The driver's own small objects always have a checksum: a bucket with object lock refuses others.

        Raises:
            Mismatch: the server has got other bytes.
            Unavailable: nobody says that it is stored.
        """
        sum_ = (checksums or self._own_checksums).of(body)
        answer = whole(self.ask("put_object", name, Body=body, **sum_.words, **words), "ETag")
        sum_.compare(answer)
        return answer

    def head(self, name: str) -> dict[str, Any]:
        """What the server knows of an object.

        Raises:
            NotFound: there is none; that the whole bucket is missing is another error.
        """
        try:
            answer = self.client.distance.timed(lambda: self.ask("head_object", name, **self.encryption.reading()))
        except ClientError as error:
            if is_absent(error):
                self._require_absence(name)
                raise NotFound("there is no such image") from error
            raise
        return described(answer)

    def find(self, name: str) -> dict[str, Any] | None:
        """What the server knows of an object, or None when there is none."""
        try:
            return self.head(name)
        except NotFound:
            return None

    def remove(self, name: str, meant: Callable[[dict[str, Any]], bool] = lambda _: True, **condition: Any) -> None:
        """Delete an object; that it is gone already, or that another one than is `meant` is there, is no error.

        Raises:
            Unavailable: the server has not said that it has deleted it, and it is there still.
        """
        try:
            if status_of_answer(self.ask("delete_object", name, **condition)) == _DELETED:
                return
        except ClientError as error:
            if names_absence(error):
                return
            if not is_absent(error):
                raise
        # Anybody on the way can say "200 OK", or "404".
        if (head := self.find(name)) is not None and meant(head):
            raise Unavailable("the answer to the deletion is no success, and the object is there still")

    def objects(self, start: str = "") -> Iterator[tuple[str, dict[str, Any], str]]:
        """The objects whose names begin with `start`: name, what the server says, and the server's date."""
        words = {"Prefix": self.key(start), "Delimiter": "/"}
        try:
            for items, page in pages(OBJECTS, self.ask, self.settings.bucket, **words):
                for one in items:
                    if (name := self.name(one["Key"])) is not None:
                        yield name, one, header_of(page, "date")
        except ClientError as error:
            self.explain(error)
            raise

    def _require_absence(self, name: str) -> None:
        """Make sure that an object is missing, and not its bucket.

        An answer to HEAD has no body, so anybody on the way can say 404. One to GET says what it is that is missing.

        Raises:
            BackendError: there is no such bucket, and it is not to be made.
            Unavailable: the object is not missing, or nobody says that it is.
        """
        try:
            answer = self.ask("get_object", name, Range="bytes=0-0", **self.encryption.reading())
        except ClientError as error:
            self.explain(error)
            if names_absence(error) or code_of(error) == "NoSuchBucket":
                return
            if not (is_absent(error) or status_of(error) == _EMPTY):
                raise
            raise Unavailable(
                "the server answers 404 to HEAD, and its answer to GET does not say that the object is missing; "
                "does a proxy or another server answer?"
            ) from error
        answer["Body"].close()
        raise Unavailable("the server says 404 to HEAD, and gives the object to GET; does a proxy answer?")

    # The bucket itself

    def exists(self) -> bool:
        """Whether there is such a bucket."""
        try:
            self.ask("head_bucket")
        except ClientError as error:
            if status_of(error) == 404:
                return False
            raise
        return True

    def make(self) -> None:
        """Make the bucket where that is wanted and needed."""
        if not self.settings.create_bucket or self._there:
            return
        with self._making:
            if not self.exists():
                self._make()
                if not self.exists():
                    raise Unavailable(f"the server has made the bucket {self.settings.bucket!r}, and it is not there")
            self._there = True

    def explain(self, error: ClientError) -> None:
        """Raise a better error where the bucket is what is missing, and is not to be made."""
        if code_of(error) == "NoSuchBucket" and not self.settings.create_bucket:
            raise self._missing() from error

    def close(self) -> None:
        """Let go of connections."""
        self.client.close()

    def _make(self) -> None:
        where: dict[str, Any] = {}
        if (region := self.client.region) != _DEFAULT_REGION:
            where["CreateBucketConfiguration"] = {"LocationConstraint": region}
        try:
            self.ask("create_bucket", **where)
        except ClientError as error:
            if code_of(error) not in _OURS:
                raise

    def _missing(self) -> BackendError:
        bucket, url = self.settings.bucket, self.client.endpoint.url
        return BackendError(f"there is no bucket {bucket!r} at {url}; make it, or set create_bucket")
