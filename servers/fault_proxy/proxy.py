"""The proxy itself."""

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from servers.fault_proxy.way import Carrier, Cut, Way
from servers.hang_up import abort, finish, reset
from servers.loop_thread import LoopServer


@dataclass(frozen=True)
class _Rules:
    up: Way
    down: Way
    connect: float = 0
    refuse: bool = False
    reset: bool = False


_WELL = _Rules(Way(), Way())


class FaultProxy(LoopServer):
    """A TCP proxy in this process, on 127.0.0.1, whose faults are switched by method calls.

    It works below TLS and below signatures of requests, so it may stand before any server that does
    not mind the port in its name. "Up" is from the client to the server, "down" from the server to
    the client.
    """

    def __init__(self, upstream_host: str, upstream_port: int) -> None:
        super().__init__()
        self._upstream = (upstream_host, upstream_port)
        self._always = _WELL
        self._next: list[_Rules] = []
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._connections = 0

    def set(
        self,
        *,
        up: Way = _WELL.up,
        down: Way = _WELL.down,
        connect: float = 0,
        refuse: bool = False,
        reset: bool = False,
        connections: int | None = None,
    ) -> None:
        """Say what happens to the connections from now on; those that live go on as they were.

        connect:     seconds before the connection to the server is made.
        refuse:      accept, then close at once.
        reset:       cut and refuse end the connection by RST rather than FIN.
        connections: only for so many connections; then it is again as it was.
        """
        rules = _Rules(up, down, connect, refuse, reset)

        async def switch() -> None:
            if connections is None:
                self._always = rules
                self._next = []
            else:
                self._next = [rules] * connections

        self.call(switch())

    def clear(self) -> None:
        """Let new connections pass without faults."""
        self.set()

    def kill(self, *, reset: bool = True) -> int:
        """End all live connections, by RST or FIN; return how many there were."""

        async def end() -> int:
            for writer in self._writers:
                if reset:
                    abort(writer)
                else:
                    writer.close()
            return len(self._writers) // 2

        return self.call(end())

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let no byte pass, either way, as when a cable is unplugged; connections stay open."""
        self._loop.call_soon_threadsafe(self._open.clear)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._open.set)

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Listen no more, so that connecting is refused; live connections go on."""
        self.call(self._deafen())
        try:
            yield
        finally:
            self.call(self._listen())

    def connections(self) -> int:
        """Return how many connections there were since the start."""
        return self._connections

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        rules = self._next.pop() if self._next else self._always
        if rules.refuse:
            if rules.reset:
                abort(writer)
            else:
                await finish(reader, writer)
            return
        await asyncio.sleep(rules.connect)
        server_reader, server_writer = await asyncio.open_connection(*self._upstream, limit=1 << 20)
        writers = {writer, server_writer}
        self._writers |= writers
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(Carrier(rules.up, reader, server_writer, self._open).carry())
                both.create_task(Carrier(rules.down, server_reader, writer, self._open).carry())
        except* Cut:
            if rules.reset:
                for end in writers:
                    await reset(end)
        except* OSError:
            pass  # one side went away: so does the other
        finally:
            self._writers -= writers
            server_writer.close()
            with contextlib.suppress(OSError):
                await server_writer.wait_closed()
