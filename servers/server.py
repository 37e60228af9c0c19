"""What every server and fault has in common: it starts, it stops, and it leaves nothing behind."""

import atexit
import os
import signal
import sys
import threading
from abc import ABC, abstractmethod
from contextlib import ExitStack
from types import FrameType, TracebackType
from typing import Self


class Server(ABC):
    """A context manager around something started for tests.

    A subclass writes `_start`, and after each step tells `self._undo` how to undo it. Whatever
    stops the server, be it the end of the `with` block, a failed start or the end of the test run,
    undoes the steps last to first.
    """

    def __init__(self) -> None:
        self._undo = ExitStack()

    @abstractmethod
    def _start(self) -> None:
        """Start, and return once the server answers."""

    def start(self) -> Self:
        """Start; `stop` must follow, and does so by itself at the end of the process."""
        _running.add(self)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop, and undo what starting did; again is harmless."""
        _running.discard(self)
        self._undo.close()

    def _start_part(self, part: "Server") -> None:
        """Start a server that is a part of this one: it is stopped with it, in its turn."""
        part.start()
        self._undo.callback(part.stop)
        # At the end of the test run, too, it is for the whole to say when its parts stop.
        _running.discard(part)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _Running:
    """The servers that run, so that an interrupted test run can still stop them."""

    def __init__(self) -> None:
        self._servers: dict[Server, None] = {}  # a set that keeps order
        self._owner = 0

    def add(self, server: Server) -> None:
        if self._owner != os.getpid():
            # After a fork the parent's servers are the parent's to stop.
            self._servers.clear()
            self._owner = os.getpid()
            atexit.register(self._stop_all)
            self._exit_on_sigterm()
        self._servers[server] = None

    def discard(self, server: Server) -> None:
        self._servers.pop(server, None)

    def _stop_all(self) -> None:
        if os.getpid() != self._owner:
            return
        for server in reversed(list(self._servers)):
            try:
                server.stop()
            except Exception as error:  # noqa: BLE001 - the others must be stopped all the same
                print(f"while stopping {server!r}: {error}", file=sys.stderr)  # noqa: T201

    def _exit_on_sigterm(self) -> None:
        """Let SIGTERM unwind the process: by default it ends without atexit."""
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, self._on_sigterm)

    def _on_sigterm(self, number: int, _frame: FrameType | None) -> None:
        if os.getpid() == self._owner:
            sys.exit(128 + number)
        # A forked child has inherited this handler, but not the servers: it ends as it would have.
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


_running = _Running()
