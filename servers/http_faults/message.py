"""Heads and bodies of HTTP/1.1, as they pass."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

_PIECE = 1 << 18


class Malformed(Exception):
    """What came is not HTTP/1.1."""


@dataclass
class Head:
    """The first line, and the header lines as they came."""

    first: str
    lines: list[tuple[str, str]]

    @property
    def headers(self) -> dict[str, str]:
        """The headers, by their names in lower case; of a name that repeats, the last."""
        return {name.lower(): value for name, value in self.lines}

    @property
    def status(self) -> int:
        """The status of an answer."""
        version, status, *_ = self.first.split(None, 2)
        if not version.startswith("HTTP/1.") or not status.isdecimal():
            raise Malformed(self.first)
        return int(status)

    def replace(self, name: str, value: str | None) -> None:
        """Put one header in place of all of this name; None: none."""
        self.lines = [line for line in self.lines if line[0].lower() != name.lower()]
        if value is not None:
            self.lines.append((name, value))

    def raw(self) -> bytes:
        """Return the bytes on the wire."""
        lines = [self.first, *(f"{name}: {value}" for name, value in self.lines), "", ""]
        return "\r\n".join(lines).encode("latin-1")


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """Read a head, or None at the end of the connection; one that is cut is no head."""
    try:
        first = (await _line(reader)).rstrip("\r\n")
    except asyncio.IncompleteReadError as cut:
        if cut.partial:
            raise
        return None
    if len(first.split(None, 2)) < 2:
        raise Malformed(first)
    lines = []
    while line := (await _line(reader)).rstrip("\r\n"):
        name, _, value = line.partition(":")
        lines.append((name.strip(), value.strip()))
    return Head(first, lines)


async def _line(reader: asyncio.StreamReader) -> str:
    try:
        return (await reader.readuntil(b"\n")).decode("latin-1")
    except asyncio.LimitOverrunError as error:
        raise Malformed("a line without end") from error


async def body(
    reader: asyncio.StreamReader, head: Head, *, until_end: bool = False
) -> AsyncIterator[tuple[bytes, bytes]]:
    """Yield the body in pieces: the bytes that count, and the same as they stand on the wire.

    until_end: without a length, the body ends with the connection (an answer's does, a request's is empty then).
    """
    headers = head.headers
    if "chunked" in headers.get("transfer-encoding", "").lower():
        async for pair in _chunks(reader):
            yield pair
        return
    left = int(headers["content-length"]) if "content-length" in headers else None
    while left or (left is None and until_end):
        piece = await reader.read(_PIECE if left is None else min(left, _PIECE))
        if not piece:
            if left:
                raise EOFError
            return
        if left is not None:
            left -= len(piece)
        yield piece, piece


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, bytes]]:
    while True:
        line = await _line(reader)
        try:
            size = int(line.partition(";")[0], 16)
        except ValueError as error:
            raise Malformed(line) from error
        if not size:
            trailer = line
            while (more := await _line(reader)).strip():
                trailer += more
            yield b"", (trailer + more).encode("latin-1")
            return
        piece = await reader.readexactly(size + 2)
        yield piece[:-2], line.encode("latin-1") + piece
