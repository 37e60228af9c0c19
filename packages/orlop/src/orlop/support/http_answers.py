"""Strict HTTP answers, for drivers whose HTTP client stands on Python's http.client.

Python's http.client believes a server: it takes a connection that is cut amid the headers for the end of the headers,
waits for the real answer through any number of "100 Continue", and reads trailers for ever. An answer of this module is
whole or an error, within limits, and ends when the engine gives its call up (`orlop.cancellation`).
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from urllib3.exceptions import HeaderParsingError
from urllib3.util.response import assert_header_parsing

from orlop.cancellation import on_cancel

HEAD_BYTES = 256 * 1024
"""Longest head of one answer, all interim answers (1xx) before it included, and longest run of trailers."""
HEAD_LINES = 500
"""Most lines of the same."""
HEAD_SECONDS = 30.0
"""Longest time from the first byte of a head, an interim answer, or trailers to its last one. How long a server may be
silent before it is the read timeout."""
INTERIM = 20
"""Most interim answers before the real one."""
DOCUMENT_BYTES = 64 * 1024 * 1024
"""Longest body of an answer that is no image: a listing, a token, a catalogue."""
ERROR_BYTES = 1024 * 1024
"""Longest body of an answer that is an error."""
_PIECE = 1024 * 1024


_document_bytes: ContextVar[int | None] = ContextVar("orlop_http_document_bytes", default=DOCUMENT_BYTES)


@contextmanager
def answers_within(most: int | None) -> Iterator[None]:
    """A context in which a successful answer has at most about `most` bytes (None: any number); errors have fewer."""
    token = _document_bytes.set(most)
    try:
        yield
    finally:
        _document_bytes.reset(token)


def image_answers() -> AbstractContextManager[None]:
    """A context in which the body of a successful answer is an image, of any length; errors stay limited."""
    return answers_within(None)


class ExcessiveAnswer(http.client.HTTPException):
    """An answer is longer than an answer of its kind may be, or takes longer."""


class MalformedAnswer(http.client.HTTPException):
    """An answer's head is no head."""


def shut_down(sock: Any) -> None:
    """End both directions of a connection, so that whoever waits for it in another thread does not any more.

    `SSLSocket.shutdown` would turn the socket into a plain one under its reader, so the plain socket's is called.
    """
    while not isinstance(sock, socket.socket):
        if (sock := getattr(sock, "socket", None)) is None:  # TLS in a tunnel to a proxy by TLS
            return
    with suppress(OSError):  # it is closed already
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _Watched(io.RawIOBase):
    """The receiving end of a socket: ends with its call, counts, and keeps the time of heads."""

    def __init__(self, raw: io.RawIOBase, sock: Any) -> None:
        self._raw = raw
        self._sock = sock
        self._given_up = False
        self.timed = False
        self._until: float | None = None
        self.limit: int | None = None
        self._received = 0

    def start_clock(self) -> None:
        """From the next byte on, what is read has to come within `HEAD_SECONDS`."""
        self.timed, self._until = True, None

    def stop_clock(self) -> None:
        """What is read from now on has its time."""
        self.timed = False

    def limit_rest(self, most: int | None) -> None:
        """Refuse more than about `most` further bytes."""
        self._received, self.limit = 0, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        with on_cancel(self._give_up):
            count = self._timed_readinto(buffer) if self.timed else self._raw.readinto(buffer)
        if self._given_up:
            raise ConnectionAbortedError("the call was given up")
        if self.limit is not None and count:
            self._received += count
            if self._received > self.limit:
                raise ExcessiveAnswer(f"the answer is longer than {self.limit} bytes")
        return count

    def _timed_readinto(self, buffer: Any) -> int | None:
        if self._until is None:
            count = self._raw.readinto(buffer)
            self._until = time.monotonic() + HEAD_SECONDS
            return count
        silence = self._sock.gettimeout()
        left = self._until - time.monotonic()
        try:
            if left > 0:
                self._sock.settimeout(left if silence is None else min(left, silence))
                return self._raw.readinto(buffer)
        except TimeoutError:
            if time.monotonic() < self._until:
                raise
        finally:
            self._sock.settimeout(silence)
        raise ExcessiveAnswer(f"the head or the trailers of the answer take longer than {HEAD_SECONDS:g} s")

    def _give_up(self) -> None:
        self._given_up = True
        shut_down(self._sock)

    def fileno(self) -> int:
        return self._raw.fileno()

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Stream(io.BufferedReader):
    """What http.client reads an answer from; its lines, which are never those of an image, are limited."""

    raw: _Watched

    def __init__(self, raw: _Watched) -> None:
        super().__init__(raw)
        self._lines = 0
        self._line_bytes = 0
        self.last_line = b""

    def readline(self, size: int | None = -1, /) -> bytes:
        if not self.raw.timed:
            self.raw.start_clock()
            self._lines = self._line_bytes = 0
        room = HEAD_BYTES - self._line_bytes + 1
        line = super().readline(room if size is None or size < 0 else min(size, room))
        self._lines += 1
        self._line_bytes += len(line)
        if self._line_bytes > HEAD_BYTES or self._lines > HEAD_LINES:
            raise ExcessiveAnswer(f"the head or the trailers of the answer are longer than {HEAD_BYTES} bytes")
        self.last_line = line
        return line

    def restart_clock(self) -> None:
        """The next line begins another head; what the lines so far have taken of the room stays taken."""
        self.raw.start_clock()

    def read(self, size: int | None = -1, /) -> bytes:
        self.raw.stop_clock()
        if size is None or size <= _PIECE:
            return super().read(size)
        # Space is taken for what has come, not for what a server promises.
        pieces = bytearray()
        while len(pieces) < size and (piece := super().read(min(size - len(pieces), _PIECE))):
            pieces += piece
        return bytes(pieces)

    def read1(self, size: int = -1, /) -> bytes:
        self.raw.stop_clock()
        return super().read1(size)

    def readinto(self, buffer: Any, /) -> int:
        self.raw.stop_clock()
        return super().readinto(buffer)


class StrictResponse(http.client.HTTPResponse):
    """A response with a whole head, within the limits of this module."""

    def __init__(self, sock: Any, *args: Any, **words: Any) -> None:
        super().__init__(sock, *args, **words)
        found: Any = self.fp
        self._stream = _Stream(_Watched(found.detach(), sock))
        self.fp = self._stream

    def _read_status(self) -> tuple[str, int, str]:
        """The status line of the final answer: http.client takes all interim answers but 100 for that."""
        parent: Any = super()
        for _ in range(INTERIM + 1):
            version, status, reason = parent._read_status()  # noqa: SLF001 - there is no other way in
            if not 100 <= status < 200 or status == http.client.SWITCHING_PROTOCOLS:
                return version, status, reason
            while self._stream.readline() not in {b"\r\n", b"\n", b""}:
                pass
            self._require_whole_head()
            self._stream.restart_clock()
        raise ExcessiveAnswer(f"the server sent more than {INTERIM} interim answers (1xx)")

    def begin(self) -> None:
        """Read the head.

        Raises:
            IncompleteRead: the connection ended before the head did.
            ExcessiveAnswer: it is longer than heads are, or takes longer.
            MalformedAnswer: it holds lines that are no headers.
        """
        super().begin()
        self._require_whole_head()
        try:
            assert_header_parsing(self.headers)
        except (HeaderParsingError, TypeError):
            # What stands behind such a line is lost, which may be how long the body is.
            raise MalformedAnswer("the head of the answer holds a line that is no header") from None
        self._stream.raw.stop_clock()
        limit = _document_bytes.get() if self.status < 300 else ERROR_BYTES
        self._stream.raw.limit_rest(limit)
        if limit is not None and self.length != 0:
            self._refuse_compressed()

    def _refuse_compressed(self) -> None:
        """See that nobody decompresses what is read into memory: a few bytes may be a bomb."""
        if (self.headers.get("Content-Encoding") or "identity").strip().lower() == "identity":
            return
        if self.status < 300:
            raise MalformedAnswer("the answer is compressed, although no compression was asked for")
        del self.headers["Content-Encoding"]  # the text of an error is not worth more than its bytes

    def _require_whole_head(self) -> None:
        if self._stream.last_line not in {b"\r\n", b"\n"}:
            raise http.client.IncompleteRead(self._stream.last_line)
