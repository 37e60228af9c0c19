"""Making an object without ever overwriting one: by the server's own condition, or by taking turns."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from orlop.drivers.s3.answers import header_of
from orlop.drivers.s3.bucket import Bucket
from orlop.drivers.s3.failures import code_of
from orlop.drivers.s3.multipart import Multipart
from orlop.drivers.s3.names import PROBE
from orlop.drivers.s3.turns import turn
from orlop.errors import AlreadyExists

_EXISTS = "there is an image of this id"
_REFUSED = "PreconditionFailed"
_UNKNOWN = frozenset({"NotImplemented", "InvalidArgument", "InvalidRequest", "MalformedXML", "UnsupportedHeader"})
_SWIFT = "x-openstack-request-id"
CONDITION: dict[str, Any] = {"IfNoneMatch": "*"}


class Creating:
    """What one bucket's server does with `If-None-Match: *`, and how images are made accordingly.

    What was found out is kept: it is a property of the server.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._lock = threading.Lock()
        self._probe = f"{PROBE}{uuid.uuid4().hex}"
        wanted = bucket.settings.create_only
        self._conditional = None if wanted == "auto" else wanted == "conditional"

    def create(self, image_id: str, token: str, make: Callable[[dict[str, str]], None]) -> None:
        """Have `make` make the object, with these words in its request.

        Raises:
            AlreadyExists: there is one.
        """
        if self._by_condition():
            make(dict(CONDITION))
            return
        with turn(self._bucket, image_id, token):
            if self._bucket.find(image_id) is not None:
                raise AlreadyExists(_EXISTS)
            make({})

    def refuse_existing(self, image_id: str) -> None:
        """Refuse early what would be refused at the end.

        Raises:
            AlreadyExists: there is an image of this id.
        """
        if self._bucket.find(image_id) is not None:
            raise AlreadyExists(_EXISTS)

    def _by_condition(self) -> bool:
        with self._lock:
            if self._conditional is None:
                self._conditional = self._try_out()
            return self._conditional

    def _try_out(self) -> bool:
        """Whether the server refuses to overwrite an object, both by one request and by an upload in parts.

        Only a refusal that the server has named counts, not a status that anybody on the way may have answered.

        Swift does so, too, but not where two requests come at once: it looks first, and writes later.
        """
        name = self._probe
        try:
            answer = self._bucket.store(name, b"")
            return (
                not header_of(answer, _SWIFT)
                and self._refused(lambda: self._put(name))
                and self._refused(lambda: self._put_in_parts(name))
            )
        finally:
            self._bucket.remove(name)

    def _put(self, name: str) -> None:
        self._bucket.store(name, b"", **CONDITION)

    def _put_in_parts(self, name: str) -> None:
        upload = Multipart(self._bucket, name, {**self._bucket.encryption.writing()})
        try:
            upload.send(1, b"?")
            upload.complete(**CONDITION)
        except BaseException:
            with suppress(ClientError, BotoCoreError):
                upload.give_up()
            raise

    @staticmethod
    def _refused(attempt: Callable[[], None]) -> bool:
        try:
            attempt()
        except ClientError as error:
            if code_of(error) == _REFUSED:
                return True
            if code_of(error) in _UNKNOWN:
                return False
            raise
        return False
