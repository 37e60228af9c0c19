"""Removing objects: many at once, and until they are gone where a container brings earlier versions of them back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from orlop.drivers.swift.client import Client
from orlop.errors import Unavailable

T = TypeVar("T")

_AT_ONCE = 8
_ROUNDS = 1000
"""How often what is below a prefix is removed. A container with `X-Versions-Location` brings one earlier version of an
object back at each DELETE, and an upload's heartbeat is written some 1400 times a day."""


def remove_each(things: Iterable[T], remove: Callable[[T], bool], what: str) -> bool:
    """Call `remove` for each, several at once, for all also when one fails; whether any was there.

    Raises:
        Unavailable: some could not be removed; `what` says what they are.
    """
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        # Each in a copy of the caller's context: what gives the caller up reaches the threads by it.
        done = [threads.submit(copy_context().run, remove, thing) for thing in things]
    failed = [error for one in done if (error := one.exception()) is not None]
    if failed:
        raise Unavailable(
            f"{len(failed)} of {len(done)} {what} could not be removed; delete it again, or let 'orlop clean' do it"
        ) from failed[0]
    return any(one.result() for one in done)


def remove_wholly(client: Client, container: str, name: str) -> None:
    """Remove one object, and earlier versions of it that come in its place.

    Raises:
        Unavailable: they come without end.
    """
    for _ in range(_ROUNDS):
        if not client.remove(container, name):
            return
    raise Unavailable(f"{container}/{name} comes back however often it is deleted")


def remove_below(client: Client, container: str, prefix: str, what: str) -> None:
    """Remove all objects whose names begin with `prefix`.

    Raises:
        Unavailable: some could not be removed, or come back.
    """
    for _ in range(_ROUNDS):
        names = [item.name for item in client.listing(container, prefix=prefix)]
        # A listing may be late: what is in it, and nowhere else any more, is gone.
        if not remove_each(names, lambda name: client.remove(container, name), what):
            return
    raise Unavailable(f"{what} below {container}/{prefix} come back however often they are deleted")
