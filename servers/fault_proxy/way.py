"""One way through the proxy: what it does to the bytes, and when they come out."""

import asyncio
import collections
import time
from dataclasses import dataclass

from servers.pace import Pace

_PIECE = 1 << 18


@dataclass(frozen=True)
class Way:
    """What happens to the bytes of one direction.

    cut:     the connection ends after so many bytes.
    stall:   after so many bytes, nothing more comes; the connection stays open.
    flip:    this byte, from 0, is inverted.
    rate:    bytes a second; 0: as many as can be.
    latency: seconds by which every byte is late.
    window:  bytes that may be under way, until word is back that they have arrived (after as long again): what TCP
             keeps until then. The default lowers no throughput: it is 20 ms each way at 1.6 GB/s.
    """

    cut: int | None = None
    stall: int | None = None
    flip: int | None = None
    rate: float = 0
    latency: float = 0
    window: int = 64 << 20


class Cut(Exception):
    """The way has reached the byte where the connection is to end."""


class Carrier:
    """Carries the bytes of one connection one way."""

    def __init__(
        self,
        way: Way,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        open_: asyncio.Event,
    ) -> None:
        self._way = way
        self._source = source
        self._sink = sink
        self._open = open_
        self._line: collections.deque[tuple[float, bytes]] = collections.deque()
        self._under_way = 0
        self._changed = asyncio.Condition()
        self._passed = 0

    async def carry(self) -> None:
        """Carry until the source ends, and end the sink too; Cut if that comes first."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._take())
            tasks.create_task(self._give(tasks))

    async def _take(self) -> None:
        """Read, and note for each piece when it is due at the other end."""
        piece = b"."
        while piece:
            piece = await self._source.read(_PIECE)
            async with self._changed:
                await self._changed.wait_for(lambda: self._under_way < self._way.window)
                # An empty piece is the end of the stream, which is late as well.
                self._line.append((time.monotonic() + self._way.latency, piece))
                self._under_way += len(piece)
                self._changed.notify_all()

    async def _give(self, tasks: asyncio.TaskGroup) -> None:
        """Write each piece when it is due."""
        pace = Pace(self._way.rate)
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: bool(self._line))
                due, piece = self._line.popleft()
            # A sleep may end a clock tick late: what is due by then goes at once.
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            if not piece:
                break
            size = pace.piece(len(piece))
            for start in range(0, len(piece), size):
                await self._write(piece[start : start + size])
                await pace.passed(min(size, len(piece) - start))
            tasks.create_task(self._arrived(len(piece)))
        if self._sink.can_write_eof():
            self._sink.write_eof()

    async def _arrived(self, count: int) -> None:
        """Let go of bytes when word of their arrival is back."""
        await asyncio.sleep(self._way.latency)
        async with self._changed:
            self._under_way -= count
            self._changed.notify_all()

    async def _write(self, piece: bytes) -> None:
        way, here = self._way, self._passed
        there = here + len(piece)
        if way.flip is not None and here <= way.flip < there:
            changed = bytearray(piece)
            changed[way.flip - here] ^= 0xFF
            piece = bytes(changed)
        stop = min(at for at in (way.cut, way.stall, there) if at is not None)
        await self._open.wait()
        self._sink.write(piece[: stop - here])
        await self._sink.drain()
        self._passed = stop
        if stop == way.stall:
            await asyncio.Event().wait()  # for ever: until the connection is ended from outside
        if stop == way.cut:
            raise Cut
