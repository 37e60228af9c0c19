"""Strict HTTP connections: urllib3's, for PoolManager, requests, keystoneauth1 and, by the mixin, botocore.

Their answers are those of `http_answers`; a connection that a given-up call waits for is shut down, whatever the call
does at that time: connect, agree on TLS, send, or receive. A connection in the pool waits for nothing, so it stays.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from orlop.cancellation import on_cancel
from orlop.support.http_answers import StrictResponse, shut_down

if TYPE_CHECKING:
    _Base = HTTPConnection
else:
    _Base = object


class StrictMixin(_Base):
    """Goes before a class of urllib3's connections in a list of bases."""

    response_class = StrictResponse
    sock: Any

    def __str__(self) -> str:
        """How messages of urllib3 name it."""
        return f"{self.host}:{self.port}"

    def connect(self) -> None:
        """Connect, by TLS where the class does; ends when the call is given up."""
        with _cancelled_by(self._end_connecting):
            try:
                super().connect()
            finally:
                self._forget_connecting()

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        # TLS takes the socket's descriptor away and gives the new socket to nobody before it has agreed.
        self._connecting: socket.socket | None = connected.dup()
        return connected

    def _end_connecting(self) -> None:
        shut_down(getattr(self, "_connecting", None))

    def _forget_connecting(self) -> None:
        if (connecting := getattr(self, "_connecting", None)) is not None:
            self._connecting = None
            connecting.close()

    def send(self, data: Any) -> None:
        """Send a part of a request; ends when the call is given up."""
        if self.sock is None:
            self.connect()
        with _cancelled_by(lambda: shut_down(self.sock)):
            super().send(data)


@contextmanager
def _cancelled_by(end: Callable[[], None]) -> Iterator[None]:
    """A context which `end` ends when the call is given up.

    Raises:
        ConnectionAbortedError: it has been.
    """
    given_up: list[bool] = []

    def give_up() -> None:
        given_up.append(True)
        end()

    with on_cancel(give_up):
        yield
    if given_up:
        raise ConnectionAbortedError("the call was given up")


class StrictConnection(StrictMixin, HTTPConnection):
    """A connection with strict answers."""


class StrictTlsConnection(StrictMixin, HTTPSConnection):
    """A TLS connection with strict answers."""


class StrictPool(HTTPConnectionPool):
    """Connections with strict answers."""

    ConnectionCls = StrictConnection

    def __str__(self) -> str:
        """How messages of urllib3 name it."""
        return f"{self.host}:{self.port}"


class StrictTlsPool(HTTPSConnectionPool):
    """TLS connections with strict answers.

    Connects without urllib3's warning at each request of an `insecure` store: `check` says it once.
    """

    ConnectionCls = StrictTlsConnection
    __str__ = StrictPool.__str__

    def _validate_conn(self, conn: Any) -> None:
        if conn.is_closed:
            conn.connect()


POOLS = {"http": StrictPool, "https": StrictTlsPool}
"""For `PoolManager.pool_classes_by_scheme`."""
