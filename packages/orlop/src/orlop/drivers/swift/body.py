"""The bytes of a PUT, hashed while they are sent: the server's ETag is then compared with what has gone out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

_PIECE = 256 * 1024
"""Bytes hashed and then sent: few enough to be still in the processor's cache when they are."""


class HashedBody:
    """What requests sends as it is iterated over; each time anew, as after a login that had run out."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._md5 = hashlib.md5(usedforsecurity=False)

    def __len__(self) -> int:
        return len(self._block)

    def __iter__(self) -> Iterator[memoryview]:
        # It finds damage, it keeps no secrets.
        self._md5 = hashlib.md5(usedforsecurity=False)
        with memoryview(self._block) as view:
            for at in range(0, len(view), _PIECE):
                piece = view[at : at + _PIECE]
                self._md5.update(piece)
                yield piece

    @property
    def etag(self) -> str:
        """The ETag that Swift gives to what has been sent."""
        return self._md5.hexdigest()
