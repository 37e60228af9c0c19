"""Heads and bodies of HTTP/1.1, as they pass."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

_PIECE = 1 << 18


@dataclass
class Head:
    """The first line, and the header lines as they came."""

    first: str
    lines: list[tuple[str, str]]

    @property
    def headers(self) -> dict[str, str]:
        """The headers, by their names in lower case; of a name that repeats, the last."""
        return {name.lower(): value for name, value in self.lines}

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
    """Read a head, or None at the end of the connection."""
    first = (await reader.readline()).decode("latin-1").rstrip("\r\n")
    if not first:
        return None
    lines = []
    while line := (await reader.readline()).decode("latin-1").rstrip("\r\n"):
        name, _, value = line.partition(":")
        lines.append((name.strip(), value.strip()))
    return Head(first, lines)


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
        line = await reader.readline()
        if not line:
            raise EOFError
        size = int(line.split(b";")[0], 16)
        if not size:
            trailer = line
            while (more := await reader.readline()).strip():
                trailer += more
            yield b"", trailer + more
            return
        piece = await reader.readexactly(size + 2)
        yield piece[:-2], line + piece
