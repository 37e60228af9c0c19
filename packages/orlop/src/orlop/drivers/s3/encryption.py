"""What requests say of the server's encryption."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from orlop.drivers.s3.settings import S3Settings

Words = Mapping[str, str | bytes]


@dataclass(frozen=True, slots=True)
class Encryption:
    """How images are encrypted; `key` is the customer's own, where it is theirs."""

    kind: str | None = None
    kms_key: str | None = None
    key: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: S3Settings) -> Encryption:
        """What the settings say."""
        secret = settings.customer_key
        key = None if secret is None else base64.b64decode(secret.get_secret_value())
        return cls(settings.encryption, settings.kms_key, key)

    def writing(self) -> Words:
        """For a request that makes an object, or begins an upload."""
        if self.kind == "sse-s3":
            return {"ServerSideEncryption": "AES256"}
        if self.kind == "sse-kms":
            named: dict[str, str | bytes] = {} if self.kms_key is None else {"SSEKMSKeyId": self.kms_key}
            return {"ServerSideEncryption": "aws:kms", **named}
        return self.reading()

    def reading(self) -> Words:
        """For a request that reads an object, or sends a part."""
        return {} if self.key is None else {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": self.key}

    def copying(self) -> Words:
        """For a request that copies from an object which was encrypted so."""
        if self.key is None:
            return {}
        return {"CopySourceSSECustomerAlgorithm": "AES256", "CopySourceSSECustomerKey": self.key}

    @property
    def hides_md5(self) -> bool:
        """Whether an ETag is no MD5 of the bytes then."""
        return self.kind in {"sse-kms", "sse-c"}
