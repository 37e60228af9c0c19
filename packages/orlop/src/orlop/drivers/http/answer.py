"""One answer of a server: what its headers say, and the pieces of its body."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from orlop.drivers.http.policy import Hop
from orlop.errors import BackendError, Unavailable

PIECE = 256 * 1024
"""Bytes that one read of the socket may give. Measured on loopback through a store: 2 GB/s; with 64 KiB half of that,
with 1 MiB no more. By TLS a read gives 16 KiB whatever is asked; gathering them into larger pieces gained nothing."""

DRAIN = 64 * 1024
"""Bytes of an unwanted body that are read all the same, to keep the connection. A longer one costs more than a new
connection."""

DRAIN_SECONDS = 1.0
"""Time that such a rest may take: a server that trickles it would hold the call for hours."""

_NUMBER = re.compile(r"[0-9]{1,18}")
"""More digits are no size, and Python refuses to read thousands of them."""
_CONTENT_RANGE = re.compile(r"bytes\s+([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)", re.IGNORECASE)
_UNSATISFIED = re.compile(r"bytes\s+\*/([0-9]{1,18})", re.IGNORECASE)
_PLAIN = {
    "Content-Encoding": frozenset({"", "identity", "none", "aws-chunked"}),
    "Transfer-Encoding": frozenset({"", "identity", "chunked"}),
}
"""Codings which leave the image as it is. `aws-chunked` is how it was once sent to an object store, which keeps the
word; `none` is no registered coding, but what servers say where they mean none."""


@dataclass(frozen=True, slots=True)
class Version:
    """By what one state of the content is known: its strong ETag, its Last-Modified, its size in bytes."""

    etag: str | None
    modified: str | None
    size: int | None
    tag: str | None = None
    """The ETag without the mark of a weak one: enough to see a change, too little to ask for a range by."""

    @property
    def if_range(self) -> str | None:
        """What goes into If-Range, so that a range of another state is not sent."""
        return self.etag or self.modified

    def is_named_by(self, other: Version) -> bool:
        """Whether `other` says enough to be compared with this one."""
        return other.size is not None or (self.tag is not None and other.tag is not None)

    def change(self, other: Version) -> str | None:
        """What says that `other` is another state than this one; None when nothing does."""
        if self.size is not None and other.size is not None and self.size != other.size:
            return f"it has {other.size} bytes now and had {self.size}"
        if self.tag and other.tag:
            # Mirrors keep other dates for the same content, so the tag alone decides.
            return None if self.tag == other.tag else "its ETag is another"
        if self.modified and other.modified and self.modified != other.modified:
            return "its Last-Modified is another"
        return None


class Answer:
    """An answer to the request `hop`; its body is read once, by `pieces`, and let go by `release`."""

    def __init__(self, response: urllib3.BaseHTTPResponse, hop: Hop) -> None:
        self._response = response
        self.hop = hop
        self.target = hop.target
        self.address: str | None = getattr(getattr(response, "connection", None), "peer", None)
        """Where it came from; None when a proxy knows."""
        self.status = response.status

    def header(self, name: str) -> str | None:
        """A header's value, None when it is not there or empty."""
        return self._response.headers.get(name) or None

    @property
    def length(self) -> int | None:
        """Content-Length, in bytes; None when there is none, or it does not count (RFC 9112, section 6.3).

        Raises:
            BackendError: it is no number.
        """
        text = self.header("Content-Length")
        if text is None or self.chunked:
            return None
        values = {value.strip() for value in text.split(",")}
        value = values.pop()
        if values or not _NUMBER.fullmatch(value):
            raise BackendError(f"{self.target} says its length is {text[:40]!r}, which is no number")
        return int(value)

    @property
    def chunked(self) -> bool:
        """Whether the body comes in chunks, whose end is told."""
        return "chunked" in (self.header("Transfer-Encoding") or "").lower()

    @property
    def range(self) -> tuple[int, int, int | None]:
        """What Content-Range says: the first byte, the one after the last, and the size of the whole if it is told.

        Raises:
            BackendError: it says nothing that can be true.
        """
        text = self.header("Content-Range") or ""
        match = _CONTENT_RANGE.fullmatch(text.strip())
        if match is not None:
            start, stop = int(match.group(1)), int(match.group(2)) + 1
            total = None if match.group(3) == "*" else int(match.group(3))
            said = self.length
            if start < stop <= (stop if total is None else total) and said in {None, stop - start}:
                return start, stop, total
        raise BackendError(
            f"{self.target} sent a part of the image that is not the one its headers tell: {text[:80]!r}"
        )

    @property
    def unsatisfied(self) -> int | None:
        """The size of the whole, as a 416 tells it."""
        match = _UNSATISFIED.fullmatch((self.header("Content-Range") or "").strip())
        return None if match is None else int(match.group(1))

    @property
    def is_empty(self) -> bool:
        """Whether this says that the image has no bytes."""
        return self.unsatisfied == 0 if self.status == 416 else self.status != 206 and self.length == 0

    @property
    def modified(self) -> datetime | None:
        """Last-Modified as a time."""
        with suppress(ValueError, TypeError, ArithmeticError, LookupError):
            parsed = parsedate_to_datetime(self.header("Last-Modified") or "")
            return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
        return None

    @property
    def version(self) -> Version:
        """The state of the content that this answer is from."""
        etag = self.header("ETag")
        strong = etag if etag is not None and etag.startswith('"') else None
        size = self.range[2] if self.status == 206 else self.length
        return Version(strong, self.header("Last-Modified"), size, None if etag is None else etag.removeprefix("W/"))

    def refuse_encoding(self) -> None:
        """Make sure that the body is the image itself.

        Raises:
            BackendError: it is compressed. Such bytes are never handed on, and never decoded: what was stored is then
                not what comes out, and no size or digest could be compared.
        """
        for name, plain in _PLAIN.items():
            text = self.header(name) or ""
            codings = [one.strip().lower() for one in text.split(",")]
            # http.client takes chunks apart where they are the only coding; of several it would leave them in.
            if not plain.issuperset(codings) or ("chunked" in codings and len(codings) > 1):
                raise BackendError(
                    f"{self.target} sends the image with {name}: {text[:40]}, although we accept none; "
                    "let the server send it as it is"
                )

    def require_end(self) -> None:
        """Make sure that the end of the body can be told from a connection that was cut.

        Raises:
            BackendError: it cannot.
        """
        if self.status in {200, 203} and self.length is None and not self.chunked:
            raise BackendError(
                f"{self.target} does not say where the image ends (neither Content-Length nor chunks), so that a "
                "broken connection could not be told from the end; let the server send the length"
            )

    def pieces(self, limit: int | None) -> Iterator[bytes]:
        """The body, up to `limit` bytes, as they come.

        Raises:
            Unavailable: the body ends too early, where urllib3 cannot know.
        """
        promised = self.range[1] - self.range[0] if self.status == 206 else None
        most = limit if promised is None else promised if limit is None else min(limit, promised)
        done = 0
        while most is None or done < most:
            # One read of the socket: a slow server's bytes are handed on before a whole piece of them is there.
            piece = self._response.read1(PIECE if most is None else min(PIECE, most - done), decode_content=False)
            if not piece:
                if promised is not None:
                    raise Unavailable(f"{self.target} ended its answer after {done} of {promised} bytes")
                return
            done += len(piece)
            yield piece

    def release(self) -> None:
        """Let go of the connection: back to the pool when little or nothing is left of the body. May be repeated."""
        left = getattr(self._response, "length_remaining", None)
        sock = getattr(getattr(self._response, "connection", None), "sock", None)
        if left is not None and left <= DRAIN and sock is not None:
            with suppress(HTTPError, OSError):
                self._drain(sock)
        self.drop()

    def _drain(self, sock: Any) -> None:
        until = time.monotonic() + DRAIN_SECONDS
        while (wait := until - time.monotonic()) > 0:
            sock.settimeout(wait)  # the pool sets it anew for the next request
            if not self._response.read1(PIECE, decode_content=False):
                return

    def drop(self) -> None:
        """Let go of the connection at once; unless the whole body was read, it is closed. May be repeated."""
        self._response.close()
        self._response.release_conn()
