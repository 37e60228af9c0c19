"""What kind of place a network address is in: the public internet, a private network, or this machine's own reach.

The tables follow IANA's registries of special-purpose addresses (iana-ipv4-special-registry and
iana-ipv6-special-registry, the state of 2024-10-22), not Python's `ipaddress`: its tables depend on the version of
Python and lag behind by years. Whole blocks are taken, also where a few addresses in one are reachable from everywhere;
no image is there. What is not in use as a unicast address of the internet at all is not public either.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from enum import IntEnum

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Kind(IntEnum):
    """Where an address is; the smaller, the fewer may be asked to go there."""

    LOCAL = 0
    """This machine, its link, a metadata service, or an address that is none of one host."""
    PRIVATE = 1
    """A private network, in which web servers may legitimately be."""
    PUBLIC = 2
    """The public internet."""


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


_METADATA = _networks(
    "169.254.169.254/32",  # most clouds; link-local
    "192.0.0.192/32",  # Oracle
    "100.100.100.200/32",  # Alibaba; among the shared addresses
    "168.63.129.16/32",  # Azure; among the public ones
    "fd00:ec2::254/128",  # AWS; among the private ones
    "fd20:ce::254/128",  # Google; likewise
)
_PRIVATE = _networks(
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # RFC 1918
    "100.64.0.0/10",  # shared by a provider's customers
    "fc00::/7",  # unique local
    "fec0::/10",  # site-local, deprecated
)  # fmt: skip
_LOCAL = _networks(
    "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16",
    "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4",
    "2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20",
)  # fmt: skip
"""Of IPv6 only what is within `_UNICAST`."""
_UNICAST = ipaddress.IPv6Network("2000::/3")
"""What IANA hands out; loopback, link-local, multicast, segment routing (5f00::/16) and the rest are outside."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_6TO4 = ipaddress.IPv6Network("2002::/16")
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


def kind_of(text: str) -> Kind:
    """The kind of an address, as text; where an IPv4 address is written inside, the lower one of both."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return min(_kind(one) for one in (address, *_inside(address)))


def is_address(host: str) -> bool:
    """Whether a host is an address and no name; names such as `0x7f.1` are resolved before they are judged."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _kind(address: Address) -> Kind:
    if _within(address, _METADATA):
        return Kind.LOCAL
    if _within(address, _PRIVATE):
        return Kind.PRIVATE
    if _within(address, _LOCAL):
        return Kind.LOCAL
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        # What these stand for is inside, and decides.
        return Kind.PUBLIC if address in _NAT64 or address in _MAPPED else Kind.LOCAL
    return Kind.PUBLIC


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)


def _inside(address: Address) -> Iterator[ipaddress.IPv4Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return
    number = int(address)
    if address in _NAT64 or address in _MAPPED or (number >> 32) & 0xFFFFFFFF in _ISATAP:
        yield ipaddress.IPv4Address(number & 0xFFFFFFFF)
    if address in _6TO4:
        yield ipaddress.IPv4Address((number >> 80) & 0xFFFFFFFF)
