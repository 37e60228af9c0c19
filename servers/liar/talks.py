"""What a `Talker` does with a connection, whatever was asked."""

import socket
import threading

from servers.liar.talker import Talk


def says(*parts: bytes) -> Talk:
    """Send these, and hang up."""

    def talk(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)

    return talk


def endlessly(first: bytes, then: bytes, *, wait: float = 0) -> Talk:
    """Send `first`, and then `then`, every `wait` seconds, until the client leaves."""
    pause = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(then)
            pause.wait(wait)

    return talk


def silent(connection: socket.socket) -> None:
    """Send nothing until the client sends more, or leaves."""
    connection.recv(1)
