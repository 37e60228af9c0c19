"""The sizes of parts: an image has at most 10 000 of them, and up to 5 TiB."""

from __future__ import annotations

MOST = 10_000
"""Parts of one object (AWS, "Amazon S3 multipart upload limits")."""
LARGEST = 5 * 1024**4
"""Bytes of one object, by the same page."""
_MIB = 1024 * 1024
_STEP = 950
"""So many parts of one size, then twice that size; even with the smallest parts this makes more than 5 TiB."""


class Parts:
    """How an image is cut: where its size is known into equal parts, else into parts that grow along it."""

    def __init__(self, least: int, size: int | None) -> None:
        """`least` bytes a part, or more; `size` in bytes or None."""
        if size is not None and size > least * MOST:
            least = _whole_mib(-(-size // MOST))
        self.least = least
        self._grows = size is None

    def size_at(self, offset: int) -> int:
        """Bytes of the part that begins at `offset`."""
        return self._part(offset)[1]

    def number_at(self, offset: int) -> int:
        """The number of the part that begins at `offset`; the first one is 1."""
        return self._part(offset)[0]

    def _part(self, offset: int) -> tuple[int, int]:
        if not self._grows:
            return offset // self.least + 1, self.least
        number, size = 1, self.least
        while offset >= (stretch := size * _STEP):
            offset -= stretch
            number += _STEP
            size *= 2
        return number + offset // size, size


def _whole_mib(size: int) -> int:
    return -(-size // _MIB) * _MIB
