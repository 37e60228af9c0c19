"""How much room there is: known only where the account or the container has a quota."""

from __future__ import annotations

from collections.abc import Mapping

from orlop.drivers.swift.client import Client
from orlop.drivers.swift.failures import MISSING
from orlop.drivers.swift.times import natural
from orlop.errors import Unsupported
from orlop.records import Space


def space_in(client: Client, container: str) -> Space:
    """The room by the quota of which less is left: the account's or the container's.

    Raises:
        Unsupported: there is none.
    """
    found = _room(client.ask("HEAD").headers, "X-Account-Meta-Quota-Bytes", "X-Account-Bytes-Used")
    answer = client.ask("HEAD", container, also=MISSING)
    found += _room(answer.headers, "X-Container-Meta-Quota-Bytes", "X-Container-Bytes-Used")
    if not found:
        raise Unsupported("neither the account nor the container has a quota: nothing says how much room there is")
    return min(found, key=lambda space: space.free)


def _room(headers: Mapping[str, str], quota: str, used: str) -> list[Space]:
    most, now = natural(headers.get(quota, "")), natural(headers.get(used, "0"))
    if most is None or now is None:
        return []
    return [Space(total=max(most, now), used=now, free=max(0, most - now))]
