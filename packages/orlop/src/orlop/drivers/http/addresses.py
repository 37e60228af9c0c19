"""Which network addresses are public, for `refuse_private`.

A location may come from a stranger. Without this check it can make this machine talk to services that only this
machine can reach: the cloud's metadata address, an unprotected database, the router.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator

from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from orlop.errors import PermissionDenied
from orlop.support.http_connections import StrictConnection, StrictTlsConnection

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
_SITE_LOCAL = ipaddress.IPv6Network("fec0::/10")


def is_public(text: str) -> bool:
    """Whether an address belongs to the public internet, and so does each IPv4 address written inside it."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return all(_is_public(one) for one in (address, *_inside(address)))


def _is_public(address: _Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64 or address.ipv4_mapped is not None or address.sixtofour is not None:
            return True  # what is inside decides; Python's versions disagree on the outside
        if address in _LOCAL_NAT64 or address in _SITE_LOCAL or address in _COMPATIBLE:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _inside(address: _Address) -> Iterator[ipaddress.IPv4Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo


def connect_to_public(connection: HTTPConnection) -> socket.socket:
    """Connect to the host of `connection` at a public address of it, the very one that was checked.

    The name is resolved once: between a check and a second resolution the answer may change (DNS rebinding).

    Raises:
        PermissionDenied: the host has no public address.
    """
    port = connection.port or connection.default_port
    try:
        found = socket.getaddrinfo(connection.host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    public = [address for address in addresses if is_public(address)]
    if not public:
        raise PermissionDenied(
            f"{connection.host} has no public address, and this store refuses all others (refuse_private)"
        )
    failure: OSError = OSError("no address")
    for address in public:
        try:
            return create_connection((address, port), connection.timeout, socket_options=connection.socket_options)
        except OSError as error:
            failure = error
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, f"connecting to {connection.host} timed out") from failure
    raise NewConnectionError(connection, f"failed to connect: {failure}") from failure


class PublicConnection(StrictConnection):
    """A connection to a public address only."""

    def _new_conn(self) -> socket.socket:
        return connect_to_public(self)


class PublicTlsConnection(StrictTlsConnection):
    """A TLS connection to a public address only; the certificate must be for the URL's host all the same."""

    def _new_conn(self) -> socket.socket:
        return connect_to_public(self)
