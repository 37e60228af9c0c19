"""When something that is deprecated may go, and the refusal of a removal that would come too early."""

from __future__ import annotations

import datetime as dt

from orlop.lifecycle.calendar import Calendar, months_after
from orlop.lifecycle.record import Change, Record
from orlop.lifecycle.rules import Terms
from orlop.lifecycle.status import Status


class RemovalRefused(ValueError):
    """A removal would break the deprecation policy; the message says how."""


def first_day(since: dt.date, terms: Terms, calendar: Calendar) -> dt.date | None:
    """The first day on which something deprecated `since` then may go; None: the calendar does not reach so far."""
    out = _releases(since, terms, calendar)
    if len(out) < terms.releases:
        return None
    return max(months_after(since, terms.months), out[terms.releases - 1] + dt.timedelta(days=1))


def refusals(since: dt.date | None, migration: str, date: dt.date, terms: Terms, calendar: Calendar) -> list[str]:
    """Everything that speaks against a removal on `date`; empty when nothing does."""
    if since is None:
        return ["it is not deprecated"]
    told = []
    if not migration:
        told.append("there is no migration text")
    out = [day for day in _releases(since, terms, calendar) if day < date]
    if len(out) < terms.releases:
        kind = "SLURP releases" if terms.slurp else "releases"
        told.append(f"{len(out)} of {terms.releases} {kind} came out with the deprecation of {since} in it")
    if date < (end := months_after(since, terms.months)):
        told.append(f"{terms.months} months since {since} end on {end}")
    return told


def enacted(record: Record, change: Change, terms: Terms, calendar: Calendar) -> Record:
    """The record with one more change of status.

    Raises:
        RemovalRefused: it is a removal that breaks the policy.
        ValueError: the change makes no sense after the last one.
    """
    if change.status is Status.REMOVED:
        since = record.deprecated_since(change.date)
        if told := refusals(since, record.migration, change.date, terms, calendar):
            raise RemovalRefused(f"a removal on {change.date} is refused: {'; '.join(told)} ({terms.why})")
    return Record.model_validate(record.model_dump(by_alias=True) | {"history": [*record.history, change]})


def _releases(since: dt.date, terms: Terms, calendar: Calendar) -> list[dt.date]:
    """The days of the releases that have the deprecation in them."""
    return [one.released for one in calendar.cycles if one.released >= since and (one.slurp or not terms.slurp)]
