"""Who may finish an image of one id, when several want to: one after the other, and the first one wins.

`If-None-Match: *` alone is not enough: Swift looks whether the object is there when a PUT begins, and two that begin
together are both let in. So who finishes an upload first says so by an object of his own, then looks at the objects of
the others, and goes on only when there are none. Of two, at least one sees the other. As good as the listing is: where
a container's replicas disagree, two may still meet.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from orlop.drivers.swift.beacon import Beacon
from orlop.drivers.swift.client import Client
from orlop.drivers.swift.layout import Place
from orlop.drivers.swift.ownership import require_free
from orlop.drivers.swift.times import is_older, server_time
from orlop.errors import Unavailable

_LOOK_AGAIN = 0.05
_LONGEST = 0.25
"""Seconds between two looks at first, and after many; one to four times as long where one waits for others."""


@contextmanager
def only_one(client: Client, place: Place) -> Iterator[None]:
    """A context in which no other upload of this id is finished.

    Raises:
        AlreadyExists: there is an image of this id.
        Unavailable: another upload of it does not come to an end.
    """
    claim = _granted(client, place)
    try:
        yield
    finally:
        with suppress(Exception):  # what stays is ignored, and cleaned, once it is old
            claim.remove()


def _granted(client: Client, place: Place) -> Beacon:
    until = time.monotonic() + client.settings.commit_deadline
    claim: Beacon | None = None
    try:
        while time.monotonic() < until:
            if claim is None:
                claim = Beacon(client, place.container, place.claim)
                claim.begin()
            others = _others(client, place)
            if not others:
                granted, claim = claim, None
                return granted
            if min(others) < place.claim:
                claim.remove()
                claim = None
                _wait(client, place, until)
            else:
                time.sleep(_LOOK_AGAIN)
        raise Unavailable("another upload of this image is being finished, and does not come to an end")
    finally:
        if claim is not None:  # also when the answer to its PUT was lost: it may be there
            with suppress(Exception):
                claim.remove()


def _wait(client: Client, place: Place, until: float) -> None:
    """Wait until nobody claims the id. Who claimed it again before would keep the lowest claim from being the only one.

    Raises:
        AlreadyExists: there is an image of this id now.
    """
    pause = _LOOK_AGAIN
    while time.monotonic() < until:
        time.sleep(random.uniform(1, 4) * pause)  # noqa: S311 - no secret
        pause = min(2 * pause, _LONGEST)
        require_free(client, place)
        if not _others(client, place):
            return


def _others(client: Client, place: Place) -> list[str]:
    """The claims of the others that live; one of unknown age is alive."""
    return [
        item.name
        for page, headers in client.pages(place.container, prefix=place.claims)
        for item in page
        if item.name != place.claim
        and not is_older(item.modified, client.settings.leftover_seconds, server_time(headers.get("Date")))
    ]
