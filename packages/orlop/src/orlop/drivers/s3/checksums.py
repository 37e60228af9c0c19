"""How a request's bytes are guarded on their way: what the server is told, and what its answer must say."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orlop.errors import Mismatch

_MD5 = re.compile(r"[0-9a-f]{32}(-\d+)?")
_NAMES = {"crc32": "CRC32", "sha256": "SHA256"}


@dataclass(frozen=True, slots=True)
class Sum:
    """The checksum of one request's bytes; `words` say it to the server, `md5` is what its ETag must be, if known."""

    words: Mapping[str, str]
    md5: bytes | None = None

    def compare(self, answer: Mapping[str, Any]) -> None:
        """Hold the answer's ETag against the bytes that were sent.

        Raises:
            Mismatch: the server has got others.
        """
        if self.md5 is not None:
            _compare(answer, self.md5.hex())


@dataclass(frozen=True, slots=True)
class Checksums:
    """The policy of one store."""

    kind: str
    hides_md5: bool

    def of(self, data: bytes) -> Sum:
        """The checksum of these bytes."""
        if self.kind == "md5":
            digest = hashlib.md5(data, usedforsecurity=False).digest()
            return Sum({"ContentMD5": _base64(digest)}, None if self.hides_md5 else digest)
        if self.kind == "crc32":
            return Sum({"ChecksumCRC32": _base64(zlib.crc32(data).to_bytes(4, "big"))})
        if self.kind == "sha256":
            return Sum({"ChecksumSHA256": _base64(hashlib.sha256(data).digest())})
        return Sum({})

    def beginning(self) -> Mapping[str, str]:
        """What the beginning of an upload in parts says."""
        return {"ChecksumAlgorithm": _NAMES[self.kind]} if self.kind in _NAMES else {}

    def part(self, sum_: Sum) -> Mapping[str, str]:
        """What the end of an upload says of one part."""
        return {name: value for name, value in sum_.words.items() if name.startswith("Checksum")}


def compare_parts(answer: Mapping[str, Any], sums: Sequence[bytes]) -> None:
    """Hold the ETag of a whole upload, an MD5 of the parts' MD5s, against what was sent.

    Raises:
        Mismatch: the server has put other parts together, or in another order.
    """
    _compare(answer, f"{hashlib.md5(b''.join(sums), usedforsecurity=False).hexdigest()}-{len(sums)}")


def _compare(answer: Mapping[str, Any], wanted: str) -> None:
    etag = str(answer.get("ETag", "")).strip('"')
    if str(answer.get("ServerSideEncryption", "")).startswith("aws:kms") or not _MD5.fullmatch(etag):
        return  # the bucket encrypts by itself, or the server makes its ETags in another way
    if ("-" in etag) == ("-" in wanted) and etag != wanted:
        raise Mismatch(f"the server has stored other bytes than were sent: its ETag is {etag} and should be {wanted}")


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")
