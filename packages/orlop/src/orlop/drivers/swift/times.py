"""Times as Swift writes them, in headers and in listings; a text that is no time is none, whatever it is."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_ODD = (ValueError, TypeError, OverflowError, IndexError)

_LONGEST_WAIT = 86400.0


def server_time(date: str | None) -> datetime:
    """What the server's clock says, by an answer's Date header; ours where there is none."""
    return http_time(date) or datetime.now(UTC)


def http_time(date: str | None) -> datetime | None:
    """A time as headers write it, in UTC; None when it is none."""
    with suppress(*_ODD):
        return parsedate_to_datetime(date or "").astimezone(UTC)
    return None


def listed_time(modified: str) -> datetime | None:
    """A time as listings write it, in UTC; None when it is none."""
    with suppress(*_ODD):
        parsed = datetime.fromisoformat(modified)
        return (parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    return None


def is_older(modified: datetime | None, seconds: float, now: datetime) -> bool:
    """Whether this time was more than so many seconds ago; a time that is not known was not."""
    return modified is not None and (now - modified).total_seconds() >= seconds


def natural(text: str) -> int | None:
    """The number of bytes or seconds that a header gives; None when it is no number that can be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def wait_of(headers: Mapping[str, str]) -> float | None:
    """Seconds that an answer's Retry-After asks to wait, at most a day; None when it does not."""
    text = headers.get("Retry-After", "").strip()
    seconds: float | None = natural(text)
    if seconds is None and (until := http_time(text)) is not None:
        seconds = (until - server_time(headers.get("Date"))).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_WAIT) if seconds is not None else None
