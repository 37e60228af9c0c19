"""Images as streams, which are nowhere as a whole, and whose digest is known at their end."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator

MIB = 1 << 20


class Stream:
    """`size` bytes, none of whose MiB is like another; `sha512` is that of what was taken so far."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._sha512 = hashlib.sha512()

    @property
    def sha512(self) -> str:
        return self._sha512.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        noise = os.urandom(MIB)
        for start in range(0, self._size, MIB):
            piece = (start.to_bytes(8, "big") + noise[8:])[: self._size - start]
            self._sha512.update(piece)
            yield piece


def digest(pieces: Iterable[bytes]) -> tuple[int, str]:
    """The size and the sha512 of what comes."""
    size, sha512 = 0, hashlib.sha512()
    for piece in pieces:
        size += len(piece)
        sha512.update(piece)
    return size, sha512.hexdigest()
