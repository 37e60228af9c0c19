"""The bytes of the gate's images: never the same twice, always the same for the same seed, without runs of zeros."""

from __future__ import annotations

import hashlib
import random
from functools import lru_cache


@lru_cache(maxsize=16)
def payload(size: int, seed: int = 0) -> bytes:
    """`size` bytes that no other seed gives."""
    return random.Random(seed).randbytes(size)  # noqa: S311 - test data


def sha256(data: bytes) -> str:
    """The SHA-256 of `data` in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
