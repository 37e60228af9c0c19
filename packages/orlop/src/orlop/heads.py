"""Answers whose head came whole: for drivers whose HTTP client stands on Python's http.client.

Python's http.client takes a connection that ends amid the headers for the end of the headers. What was cut off may be
the Content-Length, and then an image of no bytes would be read without any error.
"""

from __future__ import annotations

import http.client
from typing import Any


class _Lines:
    """Remembers the last line that was read from `source`."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.last = b""

    def readline(self, *limit: int) -> bytes:
        self.last = self._source.readline(*limit)
        return self.last

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


class WholeHead(http.client.HTTPResponse):
    """A response which is refused when its head does not end with an empty line."""

    def begin(self) -> None:
        """Read the head.

        Raises:
            IncompleteRead: the connection ended before the head did.
        """
        source: Any = self.fp
        lines: Any = _Lines(source)
        self.fp = lines
        super().begin()
        if self.fp is lines:
            self.fp = source
        if lines.last not in {b"\r\n", b"\n"}:
            raise http.client.IncompleteRead(lines.last)
