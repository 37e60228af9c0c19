"""A web server that answers each request with the bytes that a test gives it, true or not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

Answer = Callable[[str, dict[str, str]], bytes]
"""Gives the bytes of the answer to a request: its method, and its headers by their names in lower case."""


class Liar:
    """Answers on 127.0.0.1, each connection in a thread of its own; a connection is kept while `keep` is set."""

    def __init__(self, answer: Answer, *, keep: bool = True) -> None:
        self.answer = answer
        self._keep = keep
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.asked: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        """Where the image is."""
        return f"http://127.0.0.1:{self.port}/image"

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as reading:
                while line := reading.readline():
                    headers = {}
                    while (text := reading.readline().decode("latin-1").strip()) != "":
                        name, _, value = text.partition(":")
                        headers[name.lower()] = value.strip()
                    method = line.split()[0].decode("latin-1")
                    self.asked.append((method, headers))
                    connection.sendall(self.answer(method, headers))
                    if not self._keep:
                        return
        except OSError:
            pass


def head(status: int, *headers: str) -> bytes:
    """The head of an answer."""
    return "\r\n".join([f"HTTP/1.1 {status} Said", *headers, "", ""]).encode("latin-1")


def honest(data: bytes, *headers: str) -> Answer:
    """What a server with ranges answers that tells the truth."""

    def answer(method: str, asked: dict[str, str]) -> bytes:
        first, last = span(asked, len(data))
        if first is None:
            said = head(200, f"Content-Length: {len(data)}", "Accept-Ranges: bytes", *headers)
            return said if method == "HEAD" else said + data
        if first >= len(data):
            return head(416, f"Content-Range: bytes */{len(data)}", "Content-Length: 0")
        part = data[first : last + 1]
        told = f"Content-Range: bytes {first}-{first + len(part) - 1}/{len(data)}"
        return head(206, told, f"Content-Length: {len(part)}", *headers) + part

    return answer


def span(asked: dict[str, str], size: int) -> tuple[int | None, int]:
    """The first and the last byte that a request asks for; None: all."""
    text = asked.get("range")
    if text is None:
        return None, size - 1
    first, _, last = text.removeprefix("bytes=").partition("-")
    return int(first), int(last) if last else size - 1
