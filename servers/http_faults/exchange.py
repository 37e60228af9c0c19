"""One request and its answer, on their way through the proxy."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from servers.hang_up import abort
from servers.http_faults.fault import Fault
from servers.http_faults.message import Head, Malformed, body, read_head
from servers.pace import Pace

_BODYLESS = ("HEAD", 204, 304)
_SPACES = b"10000\r\n" + b" " * 0x10000 + b"\r\n"


class End(Exception):
    """The client's connection is to end here."""


class Exchange:
    """One request and its answer."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault, method: str, head: Head
    ) -> None:
        self._reader, self._writer = reader, writer
        self._fault = fault
        self._method = method
        self._head = head
        self.told = 0

    async def answer_instead(self) -> None:
        """Take the request to its end, and answer for the server."""
        if self._head.headers.get("expect", "").lower() != "100-continue":
            async for _ in body(self._reader, self._head):
                pass
        await self._say_instead()

    async def forward(self, server: asyncio.StreamReader, to_server: asyncio.StreamWriter) -> bool:
        """Carry the request there and its answer back; whether the connections can be used again."""
        fault = self._fault
        await asyncio.sleep(fault.delay)
        to_server.write(self._head.raw())
        sending = asyncio.create_task(self._send(to_server))
        try:
            answer = await self._answer_of(server)
            if answer is None:
                raise End
            pieces = body(server, answer, until_end=True)
            if self._method in _BODYLESS or answer.status in _BODYLESS:
                pieces = _nothing()
            if fault.status:
                async for _ in pieces:
                    pass
                await sending
                await self._say_instead()
                return True
            await asyncio.sleep(fault.lag)
            await self._return(answer, pieces)
            self.told = answer.status
            if not sending.done():  # answered before it had everything: the rest is in the way of the next request
                return False
        finally:
            if not sending.done():
                sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError, EOFError, Malformed):
                await sending
        length = "content-length" in answer.headers or "transfer-encoding" in answer.headers
        return answer.headers.get("connection", "").lower() != "close" and (length or self.told in _BODYLESS)

    async def _answer_of(self, server: asyncio.StreamReader) -> Head | None:
        while (answer := await read_head(server)) is not None and answer.status == 100:
            self._writer.write(answer.raw())
        return answer

    async def _send(self, to_server: asyncio.StreamWriter) -> None:
        try:
            await self._send_body(to_server)
        except (EOFError, OSError, Malformed) as error:
            # A client that leaves in the middle of its request leaves the server, too: otherwise that would wait for
            # the rest, and one that serves a connection at a time would serve nobody else.
            if not isinstance(error, OSError) or self._reader.exception() is not None:
                abort(to_server)
            raise

    async def _send_body(self, to_server: asyncio.StreamWriter) -> None:
        done, pace = 0, Pace(self._fault.up)
        async for piece, wire in body(self._reader, self._head):
            cut = self._fault.cut_request
            if cut is not None and done + len(piece) >= cut:
                to_server.write(wire[: cut - done])
                await to_server.drain()
                # Both sides lose their connection, as when a cable is cut between them.
                abort(to_server)
                abort(self._writer)
                return
            size = pace.piece(len(wire))
            for at in range(0, len(wire), size):
                to_server.write(wire[at : at + size])
                await to_server.drain()
                await pace.passed(len(wire[at : at + size]))
            done += len(piece)

    async def _return(self, answer: Head, pieces: AsyncIterator[tuple[bytes, bytes]]) -> None:
        fault = self._fault
        for name, value in fault.changed.items():
            answer.replace(name, value)
        raw = answer.raw()
        if fault.cut_head is not None:
            await self._write(raw[: fault.cut_head])
            await self._hang_up()
        await self._write(raw)
        done, pace = 0, Pace(fault.down)
        async for piece, wire in pieces:
            if fault.cut_answer is not None and done + len(piece) >= fault.cut_answer:
                await self._write(wire[: fault.cut_answer - done])
                await self._hang_up()
            if fault.flip is not None and done <= fault.flip < done + len(piece):
                at = wire.index(piece) + fault.flip - done
                wire = wire[:at] + bytes([wire[at] ^ 0xFF]) + wire[at + 1 :]  # noqa: PLW2901
            size = pace.piece(len(wire))
            for at in range(0, len(wire), size or 1):
                await self._write(wire[at : at + size])
                await pace.passed(len(wire[at : at + size]))
            done += len(piece)

    async def _hang_up(self) -> None:
        """End the connection so that what was sent so far arrives."""
        if self._writer.can_write_eof():
            self._writer.write_eof()
            await asyncio.sleep(0.05)
        raise End

    async def _say_instead(self) -> None:
        fault = self._fault
        length = {"Transfer-Encoding": "chunked"} if fault.endless else {"Content-Length": str(len(fault.body))}
        head = Head(f"HTTP/1.1 {fault.status} Fault", list({**length, **fault.headers}.items()))
        self.told = fault.status
        if self._method == "HEAD" or not fault.endless:
            await self._write(head.raw() + (b"" if self._method == "HEAD" else fault.body))
            return
        await self._write(head.raw() + (b"%x\r\n%b\r\n" % (len(fault.body), fault.body) if fault.body else b""))
        while True:  # until `_write` finds the connection closed
            await self._write(_SPACES)
            await asyncio.sleep(0)  # the others' turn, also where the client takes as fast as it is sent to

    async def _write(self, raw: bytes) -> None:
        self._writer.write(raw)
        await self._writer.drain()


async def _nothing() -> AsyncIterator[tuple[bytes, bytes]]:
    nothing: tuple[tuple[bytes, bytes], ...] = ()
    for pair in nothing:
        yield pair
