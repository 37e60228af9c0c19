"""The origin itself."""

import asyncio
from urllib.parse import quote, urlsplit

from servers.fault_origin.content import plain, zipped
from servers.fault_origin.faults import Faults
from servers.fault_origin.head import Head, bare, choose
from servers.fault_origin.request import Request, read_request
from servers.fault_origin.sending import send_body
from servers.fault_origin.turns import Turns
from servers.hang_up import abort, reset
from servers.loop_thread import LoopServer
from servers.pki import Certificate


class FaultOrigin(LoopServer):
    """An HTTP/1.1 server in this process, on 127.0.0.1; HTTPS with a certificate.

    It serves GET and HEAD of /NAME/.../SIZE?FAULTS: SIZE bytes, as content.body() computes them,
    with the faults that the query names. PUT and POST are read to their end and answered 201, or as
    status= says.
    """

    def __init__(self, certificate: Certificate | None = None) -> None:
        super().__init__(certificate.server_context() if certificate else None)
        self._scheme = "https" if certificate else "http"
        self._requests: list[Request] = []
        self._connections = 0
        self._turns = Turns()

    @property
    def base(self) -> str:
        """The URL of the server, without a slash at the end."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def url(self, size: int, faults: Faults | None = None, *, name: str = "b") -> str:
        """Return the URL of a body with these faults."""
        query = "" if faults is None else faults.query()
        return f"{self.base}/{quote(name)}/{size}" + (f"?{query}" if query else "")

    def requests(self) -> list[Request]:
        """Return the requests since the start, or since forget(), those that met a fault too."""
        return list(self._requests)

    def connections(self) -> int:
        """Return how many connections there were since the start."""
        return self._connections

    def forget(self) -> None:
        """Forget the requests, and count the turns of each URL anew."""
        self._requests.clear()
        self._turns.forget()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        number = self._connections
        while (request := await read_request(reader, number)) is not None:
            self._requests.append(request)
            if request.length:
                await reader.readexactly(request.length)
            if not await self._answer(request, writer) or request.wants_close:
                return

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; say whether the connection goes on."""
        target = urlsplit(request.target)
        try:
            size = int(target.path.rpartition("/")[2])
            asked = Faults.from_query(target.query)
        except ValueError as error:
            return await _send_head(writer, bare(400, f"X-Error: {error}"), None)
        faults, etag = self._turns.take(request.method, request.target, asked)
        if faults.hangup:
            if faults.reset:
                abort(writer)
            return False
        await asyncio.sleep(faults.delay)
        content = zipped(size) if faults.gzip else plain(size)
        head = choose(request, content, faults, etag)
        if not await _send_head(writer, head, faults):
            return False
        if request.method == "GET" and head.has_body:
            in_order = await send_body(writer, content, head.start, head.length, faults)
            return in_order and not head.close
        return not head.close


async def _send_head(writer: asyncio.StreamWriter, head: Head, faults: Faults | None) -> bool:
    """Send the head, or as much as headcut= lets through; say whether all was sent."""
    raw = head.raw()
    if faults is None or faults.headcut is None:
        writer.write(raw)
        await writer.drain()
        return True
    writer.write(raw[: faults.headcut])
    await writer.drain()
    if faults.reset:
        await reset(writer)
    return False
