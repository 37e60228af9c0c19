"""A web server that answers each request with the bytes that a test gives it."""

import socket

from servers.liar.answers import Answer
from servers.liar.threaded import Threaded


class Liar(Threaded):
    """Answers request by request; a connection is kept while `keep` is set."""

    def __init__(self, answer: Answer, *, keep: bool = True) -> None:
        super().__init__()
        self.answer = answer
        self._keep = keep

    def _converse(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as reading:
            while line := reading.readline():
                headers = {}
                while (text := reading.readline().decode("latin-1").strip()) != "":
                    name, _, value = text.partition(":")
                    headers[name.lower()] = value.strip()
                method = line.split()[0].decode("latin-1")
                self.asked.set()
                connection.sendall(self.answer(method, headers))
                if not self._keep:
                    return
