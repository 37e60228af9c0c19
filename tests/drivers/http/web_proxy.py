"""A small HTTP proxy: CONNECT for https, forwarding of one request per connection for http."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from servers.loop_thread import LoopServer


@dataclass(frozen=True)
class Asked:
    """What the proxy was asked: the request line's target, and its headers by lower-case names."""

    method: str
    target: str
    headers: dict[str, str]


class WebProxy(LoopServer):
    """The proxy; with `password` ("Basic ..."), it wants that in Proxy-Authorization."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Asked] = []
        self.password = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raw = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = raw.split("\r\n")
        method, target, _ = first.split()
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name}
        self.asked.append(Asked(method, target, headers))
        if self.password and headers.get("proxy-authorization") != self.password:
            writer.write(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            server_reader, server_writer = await asyncio.open_connection(host, int(port))
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            parts = urlsplit(target)
            server_reader, server_writer = await asyncio.open_connection(parts.hostname, parts.port)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            kept = [line for line in lines if line and not line.lower().startswith(("proxy-", "connection:"))]
            server_writer.write("\r\n".join([f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""]).encode())
        try:
            await asyncio.gather(_pump(reader, server_writer), _pump(server_reader, writer))
        finally:
            server_writer.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while piece := await source.read(1 << 16):
        sink.write(piece)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()
