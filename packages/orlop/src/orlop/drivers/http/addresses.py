"""Connecting to those addresses of a host that may be connected to.

A location may come from a stranger, and so may the name server that answers for its host. The name is resolved once,
and the address that was checked is the one connected to: a second answer may be another one (DNS rebinding).
"""

from __future__ import annotations

import socket
from enum import Enum
from typing import ClassVar

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from orlop.cancellation import cancelled
from orlop.drivers.http.address_kinds import Kind, kind_of
from orlop.errors import PermissionDenied
from orlop.support.http_connections import StrictMixin, StrictPool, StrictTlsPool


class Reach(Enum):
    """Which addresses a request may go to, and the reason that a refusal gives."""

    ANY = (Kind.LOCAL, "")
    NOT_LOCAL = (
        Kind.PRIVATE,
        "redirects to loopback, link-local and metadata addresses are not followed (guard_redirects)",
    )
    NOT_INWARDS = (
        Kind.PUBLIC,
        "redirects from a public server to addresses that are not public are not followed (guard_redirects)",
    )
    PUBLIC = (Kind.PUBLIC, "this store refuses addresses that are not public (refuse_private)")

    def allows(self, address: str) -> bool:
        """Whether an address may be connected to."""
        return kind_of(address) >= self.value[0]

    @property
    def reason(self) -> str:
        """Why others may not."""
        return self.value[1]

    def refuse(self, host: str) -> PermissionDenied:
        """The error for a host that has no address which may be connected to."""
        return PermissionDenied(f"{host} has no address that may be asked: {self.reason}")


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet, and so does each IPv4 address written inside it."""
    return kind_of(address) is Kind.PUBLIC


class ReachMixin(HTTPConnection):
    """Goes before a class of urllib3's connections in a list of bases."""

    reach: ClassVar[Reach] = Reach.ANY
    peer: str | None = None
    """The address that it is connected to."""

    def _new_conn(self) -> socket.socket:
        addresses = [address for address in self._addresses() if self.reach.allows(address)]
        if not addresses:
            raise self.reach.refuse(self.host)
        failure: OSError = OSError("no address")
        for address in addresses:
            if cancelled():
                break
            try:
                connected = create_connection(
                    (address, self.port or self.default_port), self.timeout, socket_options=self.socket_options
                )
            except OSError as error:
                failure = error
            else:
                self.peer = address
                return connected
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, f"connecting to {self.host} timed out") from failure
        raise NewConnectionError(self, f"failed to connect: {failure}") from failure

    def _addresses(self) -> list[str]:
        try:
            found = socket.getaddrinfo(self._dns_host, self.port or self.default_port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise NameResolutionError(
                self.host, self, error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
            ) from error
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Connection(StrictMixin, ReachMixin, HTTPConnection):
    """A connection within a reach."""


class _TlsConnection(StrictMixin, ReachMixin, HTTPSConnection):
    """A TLS connection within a reach; the certificate must be for the URL's host all the same."""


def pools_within(reach: Reach) -> dict[str, type[HTTPConnectionPool]]:
    """Classes of pools, by scheme, whose connections keep within `reach`.

    They are of their own for each reach: a connection that was made under another one is never used for this one.
    """
    within = {"reach": reach}
    return {
        "http": type("_Pool", (StrictPool,), {"ConnectionCls": type("_Connection", (_Connection,), within)}),
        "https": type("_TlsPool", (StrictTlsPool,), {"ConnectionCls": type("_Tls", (_TlsConnection,), within)}),
    }
