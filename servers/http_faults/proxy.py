"""The proxy itself."""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field

from servers.hang_up import abort, finish
from servers.http_faults.exchange import End, Exchange
from servers.http_faults.fault import WELL, Fault
from servers.http_faults.message import Head, Malformed, read_head
from servers.loop_thread import LoopServer


@dataclass(frozen=True)
class Seen:
    """A request that came; `status` is what the client was told, 0 where the connection was cut before."""

    method: str
    target: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict, repr=False)


class HttpFaults(LoopServer):
    """An HTTP/1.1 proxy in this process, on 127.0.0.1, before one server; its faults are switched by method calls.

    The path and the Host header pass as they are. With a `context` the proxy speaks TLS, and the server plain HTTP: so
    any server here has a TLS end.
    """

    def __init__(self, upstream_host: str, upstream_port: int, context: ssl.SSLContext | None = None) -> None:
        super().__init__(context)
        self._upstream = (upstream_host, upstream_port)
        self._scheme = "https" if context else "http"
        self._faults: list[tuple[Fault, list[int]]] = []
        self._seen: list[Seen] = []
        self._connections = 0
        self._busy = 0

    @property
    def base(self) -> str:
        """The URL of the proxy, without a slash at the end."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def set(self, *faults: Fault) -> None:
        """Have these faults from now on, their requests counted anew; a request meets the first whose turn it is."""
        self._faults = [(fault, [0]) for fault in faults]

    def clear(self) -> None:
        """Let everything pass, and forget what was seen."""
        self.set()
        self._seen = []

    def seen(self, method: str = "") -> list[Seen]:
        """Return the requests so far, in the order in which they were answered; the last may be under way (`busy`)."""
        return [one for one in self._seen if method in {"", one.method}]

    def busy(self) -> int:
        """Return how many requests are under way, also those whose client does not wait any more."""
        return self._busy

    def connections(self) -> int:
        """Return how many connections there were since the start."""
        return self._connections

    def _fault_for(self, method: str, head: Head, target: str) -> Fault:
        met = WELL
        for fault, count in self._faults:
            if not fault.concerns(method, target, head.headers):
                continue
            count[0] += 1
            turn = count[0] - fault.nth
            if met is WELL and turn >= 0 and (fault.times is None or turn < fault.times):
                met = fault
        return met

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        try:
            while (head := await read_head(reader)) is not None:
                method, target = head.first.split(None, 2)[:2]
                fault = self._fault_for(method, head, target)
                exchange = Exchange(reader, writer, fault, method, head)
                self._busy += 1
                try:
                    if fault.status and not fault.after:
                        await exchange.answer_instead()
                    else:
                        server = server or await asyncio.open_connection(*self._upstream, limit=1 << 20)
                        if not await exchange.forward(*server):
                            server[1].close()  # before the client is waited for: the server may wait for its rest
                            await finish(reader, writer)
                            return
                finally:
                    # The client may know the answer already: who waits until nothing is under way has seen everything.
                    self._seen.append(Seen(method, target, exchange.told, head.headers))
                    self._busy -= 1
        except (End, Malformed):
            abort(writer)
        finally:
            if server is not None:
                server[1].close()
                with contextlib.suppress(OSError):
                    await server[1].wait_closed()
