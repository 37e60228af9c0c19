"""Taking turns in making an image visible, where the server does not refuse to overwrite.

Who wants to commit puts a small object, its ticket, and lists the tickets for this image. Alone, it is its turn: who
comes later sees its ticket. Otherwise the smallest ticket waits, and the others withdraw and come again. This needs a
server whose listings show at once what was put. The ticket of a dead process does not count when it is old enough.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from orlop.drivers.s3.bucket import Bucket
from orlop.drivers.s3.failures import classify
from orlop.drivers.s3.names import TURN
from orlop.errors import StoreError, Unavailable

_SHORT, _LONG = 0.02, 0.5
"""Seconds between two looks."""
_WITHDRAWING = (0.0, 0.1, 0.5)
"""Seconds before each try to remove a ticket."""


def ticket_life(bucket: Bucket) -> float:
    """Seconds after which a ticket is that of a dead process: no commit takes so long."""
    return min(1.5 * bucket.settings.commit_deadline, bucket.settings.abandoned_after)


def age(item: dict[str, Any], now: str) -> float:
    """Seconds since an object was written, both by the server's clock; `now` is the date of its answer."""
    try:
        present = parsedate_to_datetime(now)
    except (TypeError, ValueError, OverflowError):
        present = datetime.now(UTC)
    return float((_aware(present) - _aware(item["LastModified"])) / timedelta(seconds=1))


def _aware(when: datetime) -> datetime:
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


@contextmanager
def turn(bucket: Bucket, image_id: str, token: str) -> Iterator[None]:
    """A context in which no other orlop makes an image of this id visible.

    Raises:
        Unavailable: others did not end their turns in time.
    """
    start = f"{TURN}{hashlib.sha256(image_id.encode()).hexdigest()[:32]}-"
    mine = start + token
    until = time.monotonic() + bucket.settings.commit_deadline / 2
    pause = _SHORT
    try:
        bucket.store(mine, b"")
        while others := _others(bucket, start, mine):
            if time.monotonic() > until:
                raise Unavailable("another upload of this id is being made visible; if it is dead, run orlop clean")
            if mine < min(others):
                time.sleep(_SHORT)
                continue
            bucket.remove(mine)
            time.sleep(random.uniform(0, pause))  # noqa: S311 - only not all at once
            pause = min(2 * pause, _LONG)
            bucket.store(mine, b"")
        yield
    finally:
        _withdraw(bucket, mine)


def _withdraw(bucket: Bucket, mine: str) -> None:
    """Remove the ticket, also when an answer is lost.

    Where that fails for good the image is there, or is not, all the same, and that is what has to be told: the ticket
    ends to count by its age, and is a leftover.
    """
    for pause in _WITHDRAWING:
        time.sleep(pause)
        try:
            bucket.remove(mine)
            return
        except Exception as error:
            if not isinstance(error, StoreError) and classify(error) is None:
                raise


def _others(bucket: Bucket, start: str, mine: str) -> list[str]:
    life = ticket_life(bucket)
    return [name for name, item, now in bucket.objects(start) if name != mine and age(item, now) < life]
