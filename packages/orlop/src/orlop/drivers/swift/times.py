"""Times as Swift writes them, in headers and in listings."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def server_time(date: str | None) -> datetime:
    """What the server's clock says, by an answer's Date header; ours where there is none."""
    return http_time(date) or datetime.now(UTC)


def http_time(date: str | None) -> datetime | None:
    """A time as headers write it, in UTC; None when it is none."""
    with suppress(ValueError, TypeError):
        return parsedate_to_datetime(date or "").astimezone(UTC)
    return None


def age(modified: str, now: datetime) -> float:
    """Seconds since the time that a listing gives."""
    return (now - listed_time(modified)).total_seconds()


def listed_time(modified: str) -> datetime:
    """A time as listings write it, in UTC; long ago when it is none."""
    with suppress(ValueError):
        parsed = datetime.fromisoformat(modified)
        return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
    return datetime.fromtimestamp(0, UTC)
