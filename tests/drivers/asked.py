"""What a server was asked for, by the notes of the proxy before it."""

from __future__ import annotations

import time

from servers.http_faults import HttpFaults, Seen

_SECONDS = 10.0
"""Until then every request has been noted, unless one hangs."""


def asked(proxy: HttpFaults, method: str = "") -> list[Seen]:
    """The requests so far. The proxy notes one after its answer: a client that has the answer may be faster."""
    until = time.monotonic() + _SECONDS
    while proxy.busy() and time.monotonic() < until:
        time.sleep(0.01)
    return proxy.seen(method)
