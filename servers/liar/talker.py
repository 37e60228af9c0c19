"""A server that hands each connection to a function."""

import socket
from collections.abc import Callable

from servers.liar.threaded import Threaded

Talk = Callable[[socket.socket], None]
"""What is done with a connection after its first bytes have come; an `OSError` of it is the end of the connection."""


class Talker(Threaded):
    """Does the same with every connection."""

    def __init__(self, talk: Talk) -> None:
        super().__init__()
        self._talk = talk

    def _converse(self, connection: socket.socket) -> None:
        connection.recv(65536)
        self.asked.set()
        self._talk(connection)
