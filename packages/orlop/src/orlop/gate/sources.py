"""Sources as they come in real life: dribbling, breaking off, and stuck."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import cycle
from typing import cast

_PIECES = (1, 7, 4096, 100_003, 65_536, 3)
_PATIENCE = 60.0


class Broken(Exception):
    """The source's own error; it must arrive as it is."""


class Dribble:
    """A file object with nothing but `read`, which gives fewer bytes than it is asked for."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._pieces = cycle(_PIECES)

    def read(self, size: int, /) -> bytes:
        """Some bytes; none at the end."""
        piece = self._data[self._at : self._at + min(size, next(self._pieces))]
        self._at += len(piece)
        return piece


def dribble(data: bytes) -> Iterator[bytes]:
    """The same bytes as an iterable of pieces of odd sizes, empty ones and buffers of several kinds among them."""
    at = 0
    for size in cycle(_PIECES):
        if at >= len(data):
            return
        yield b""
        yield cast("bytes", bytearray(data[at : at + size])) if size % 2 else data[at : at + size]
        at += size


def breaking(data: bytes, error: BaseException) -> Iterator[bytes]:
    """The bytes, and then the error."""
    yield data
    raise error


class Stuck:
    """A source that gives its first part and waits for `release` before it gives the rest."""

    def __init__(self, first: bytes, rest: bytes = b"") -> None:
        self._first = first
        self._rest = rest
        self.stuck = threading.Event()
        self.release = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        yield self._first
        self.stuck.set()
        if not self.release.wait(_PATIENCE):
            raise Broken("nobody released the source")
        yield self._rest

    def wait_until_stuck(self) -> None:
        """Wait until the first part has been taken."""
        assert self.stuck.wait(_PATIENCE), "the store does not read its source to the end of what there is"
