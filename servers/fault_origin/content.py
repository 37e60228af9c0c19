"""Bytes that are computed, so that any slice of any size can be checked without a file."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass

# A prime period, so that a slice moved by a power of two, or by a sector, is seen to be wrong.
_PERIOD = 251
_STRETCH = 1 << 20
_BYTES = bytes(i * 131 % _PERIOD for i in range(_PERIOD)) * (_STRETCH // _PERIOD + 2)


def body(offset: int, length: int) -> bytes:
    """Return the bytes of every body from an offset on: byte i is i * 131 % 251."""
    start = offset % _PERIOD
    if length <= _STRETCH:
        return _BYTES[start : start + length]
    return (_BYTES[:_PERIOD] * (length // _PERIOD + 2))[start : start + length]


@dataclass(frozen=True)
class Content:
    """What a URL's body is made of."""

    length: int
    read: Callable[[int, int], bytes]


def plain(size: int) -> Content:
    """Return the content of a URL."""
    return Content(size, body)


def zipped(size: int) -> Content:
    """Return the same, compressed by gzip."""
    packed = gzip.compress(body(0, size), mtime=0)
    return Content(len(packed), lambda offset, length: packed[offset : offset + length])
