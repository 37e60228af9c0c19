"""A server on loopback with a thread for each connection."""

import contextlib
import socket
import threading
from abc import abstractmethod

from servers.server import Server


class Threaded(Server):
    """Serves each connection in a thread of its own.

    port:        where it listens, on 127.0.0.1.
    asked:       set once something has been asked.
    ended:       released once for each connection that has ended.
    connections: how many there were.
    """

    def __init__(self) -> None:
        super().__init__()
        self.port = 0
        self.asked = threading.Event()
        self.ended = threading.Semaphore(0)
        self.connections = 0

    @property
    def url(self) -> str:
        """The URL of something on it."""
        return f"http://127.0.0.1:{self.port}/image"

    def _start(self) -> None:
        listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._undo.callback(listening.close)
        self.port = listening.getsockname()[1]
        thread = threading.Thread(target=self._accept, args=(listening,), daemon=True)
        thread.start()
        self._undo.callback(thread.join)
        self._undo.callback(listening.shutdown, socket.SHUT_RDWR)  # wakes the thread up

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self._converse(connection)
        self.ended.release()

    @abstractmethod
    def _converse(self, connection: socket.socket) -> None:
        """Serve one connection, and set `asked`; it is closed afterwards, as after an `OSError`."""
