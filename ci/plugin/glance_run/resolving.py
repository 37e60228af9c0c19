"""The few names that Glance's tests ask for, resolved without a name server, and never connected to.

Glance resolves the host of a location before it accepts it, with a dot at the end. A machine without a name server, or
with one that knows no `localhost.`, would fail tests that send nothing to that host.
"""

from __future__ import annotations

import errno
import socket
from typing import Any

NOWHERE = "192.0.2.1"
"""An address for documentation (RFC 5737): nothing answers there, and nothing is sent there."""
_ELSEWHERE = {"example.com", "storeurl.com"}


def address(host: str | bytes | None) -> str | bytes | None:
    """What is resolved in place of `host`."""
    name = host.decode() if isinstance(host, bytes) else host
    if name == "localhost.":
        return "localhost"
    if name is not None and name.rstrip(".") in _ELSEWHERE:
        return NOWHERE
    return host


def install() -> None:
    """Answer for these names, and refuse connections to them, in this process."""
    resolve, connect, connect_ex = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex

    def getaddrinfo(host: str | bytes | None, *arguments: Any, **named: Any) -> Any:
        return resolve(address(host), *arguments, **named)

    def refusing(self: socket.socket, target: Any) -> None:
        if _is_nowhere(target):
            raise ConnectionRefusedError(errno.ECONNREFUSED, f"no test reaches {NOWHERE}")
        connect(self, target)

    def refusing_ex(self: socket.socket, target: Any) -> int:
        return errno.ECONNREFUSED if _is_nowhere(target) else connect_ex(self, target)

    socket.getaddrinfo = getaddrinfo
    socket.socket.connect = refusing  # type: ignore[method-assign, assignment]
    socket.socket.connect_ex = refusing_ex  # type: ignore[method-assign, assignment]


def _is_nowhere(target: Any) -> bool:
    return isinstance(target, tuple) and target[:1] == (NOWHERE,)
