"""An asyncio server inside this process, in a thread of its own."""

import asyncio
import contextlib
import ssl
import threading
from abc import abstractmethod
from collections.abc import Coroutine
from typing import Any, TypeVar

from servers.server import Server

T = TypeVar("T")

_BUFFER = 1 << 20  # asyncio's default of 64 KiB costs throughput


class LoopServer(Server):
    """A TCP server on 127.0.0.1 whose connections are served by `_serve`, in a loop in a thread.

    port: where it listens, once started.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self._context = context
        self._loop = asyncio.new_event_loop()
        self._undo.callback(self._loop.close)
        self._listener: asyncio.Server | None = None
        self._live: set[asyncio.Task[None]] = set()
        self.port = 0

    @abstractmethod
    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection; it is closed afterwards. On stop this is cancelled."""

    def _start(self) -> None:
        thread = threading.Thread(target=self._loop.run_forever, name=type(self).__name__, daemon=True)
        thread.start()
        self._undo.callback(thread.join)
        self._undo.callback(self._loop.call_soon_threadsafe, self._loop.stop)
        self.call(self._listen())
        self._undo.callback(lambda: self.call(self._close()))

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop, from another thread, and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _listen(self) -> None:
        # The first time on a free port, and later, after _deafen, on the same.
        self._listener = await asyncio.start_server(
            self._connection, "127.0.0.1", self.port, ssl=self._context, limit=_BUFFER, backlog=1024
        )
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _deafen(self) -> None:
        """Listen no more: connections are refused; those that live go on."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def _close(self) -> None:
        await self._deafen()
        tasks = list(self._live)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Transports close in the next turns of the loop.
        await asyncio.sleep(0)
        await self._loop.shutdown_asyncgens()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._live.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            # The client went away, or the server stops: either is the end of this connection only.
            # The task belongs to nobody who would want to see the cancellation.
            pass
        finally:
            self._live.discard(task)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), 1)
