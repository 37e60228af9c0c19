"""A case that a driver is known to fail: written down, with its reason, and only for a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Deviation:
    """One case that fails for a known reason.

    `case` is the name of a case, or of one of its variants as pytest shows it (`test_x[variant]`). The deviation holds
    up to and including the day `expires`, at most a year ahead. A case that passes in spite of it fails, and so does
    one whose deviation has expired.
    """

    case: str
    reason: str
    expires: date

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError(f"the deviation of {self.case} needs a reason that others can understand")
        if self.expires > today() + _LONGEST:
            raise ValueError(
                f"the deviation of {self.case} expires on {self.expires}: more than a year is no date at all"
            )

    @property
    def expired(self) -> bool:
        """Whether it holds no more."""
        return self.expires < today()

    def covers(self, name: str) -> bool:
        """Whether it is about the case that pytest calls `name`."""
        return self.case in {name, name.partition("[")[0]}


def today() -> date:
    """The present day; dates here are dates in UTC."""
    return datetime.now(UTC).date()
