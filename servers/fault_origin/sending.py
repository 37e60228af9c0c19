"""The body of an answer, with the faults that happen in it."""

import asyncio
from collections.abc import Iterator

from servers.fault_origin.content import Content, body
from servers.fault_origin.faults import Faults
from servers.hang_up import reset
from servers.pace import Pace

_PIECE = 1 << 18


async def send_body(writer: asyncio.StreamWriter, content: Content, start: int, length: int, faults: Faults) -> bool:
    """Send content[start : start + length]; say whether the connection is still in order."""
    end = length if faults.cut is None else min(length, faults.cut)
    chunked = faults.chunked or faults.badchunk is not None
    pace = Pace(faults.rate)
    for here, there in _pieces(end, pace.piece(_PIECE), {faults.stall, faults.badchunk}):
        if here == faults.stall:
            await asyncio.sleep(faults.stall_for)
        if here == faults.badchunk:
            writer.write(b"zz\r\nno chunk\r\n")
            await writer.drain()
            return False
        if here < there:
            piece = _corrupt(content.read(start + here, there - here), start + here, faults.corrupt)
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            await writer.drain()
            await pace.passed(len(piece))
    if faults.cut is not None:
        if faults.reset:
            await reset(writer)
        return False
    if chunked:
        writer.write(b"0\r\n\r\n")
    writer.write(body(content.length, faults.extra))
    await writer.drain()
    return True


def _pieces(end: int, size: int, borders: set[int | None]) -> Iterator[tuple[int, int]]:
    """Divide [0, end) in pieces; one begins at each border. The last is empty, at the end."""
    here = 0
    while here < end:
        there = min(here + size, end)
        there = min([there, *(b for b in borders if b is not None and here < b < there)])
        yield here, there
        here = there
    yield end, end


def _corrupt(piece: bytes, offset: int, position: int | None) -> bytes:
    if position is None or not offset <= position < offset + len(piece):
        return piece
    changed = bytearray(piece)
    changed[position - offset] ^= 0xFF
    return bytes(changed)
