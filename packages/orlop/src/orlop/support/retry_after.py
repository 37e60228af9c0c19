"""The HTTP header Retry-After: how long a server asks to wait (RFC 9110, section 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after_seconds(text: str | None, now: datetime | None = None) -> float | None:
    """Seconds from `now` on that the header asks to wait, in either of its forms; None when it says nothing.

    `Retry-After: 8`, or a date. What is past is 0.
    """
    said = (text or "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:18])
    try:
        when = parsedate_to_datetime(said)
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())
    except (ValueError, TypeError, ArithmeticError, LookupError):
        return None
