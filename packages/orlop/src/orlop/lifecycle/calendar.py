"""Release cycles with their milestones, and the releases of orlop: the days that rules are counted in."""

from __future__ import annotations

import calendar
import datetime as dt
import tomllib
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

Week = tuple[dt.date, dt.date]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Cycle(_Data):
    """One release cycle."""

    name: str
    """Its name: `mitaka`."""
    id: str = ""
    """Its number, where it has one: `2026.1`."""
    milestones: tuple[Week, Week, Week]
    """The first and the last day of each milestone's week."""
    released: dt.date
    """The day of the release."""
    slurp: bool = False
    """Whether operators may go from one such release to the next and skip the one between."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        days = [day for week in self.milestones for day in week] + [self.released]
        if any(before >= after for before, after in pairwise(days)):
            raise ValueError(f"the days of {self.name} are not in order")
        return self


class Release(_Data):
    """A release of orlop."""

    version: str
    """Its version."""
    cycle: str
    """The cycle that it belongs to."""
    released: dt.date | None = None
    """The day it came out; None before that."""


class Calendar(_Data):
    """The cycles, the oldest first, and orlop's own releases."""

    cycles: tuple[Cycle, ...]
    """The release cycles."""
    releases: tuple[Release, ...] = ()
    """orlop's releases."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for before, after in pairwise(self.cycles):
            if before.released >= after.released:
                raise ValueError(f"{after.name} is released before {before.name}")
        names = {cycle.name for cycle in self.cycles}
        if strange := [one.cycle for one in self.releases if one.cycle not in names]:
            raise ValueError(f"there is no cycle {strange[0]!r}")
        return self

    def milestone(self, name: str) -> dt.date:
        """The day on which a milestone's week begins; `newton-2` is the second one of Newton.

        Raises:
            ValueError: the calendar has no such milestone.
        """
        cycle, _, number = name.rpartition("-")
        found = next((one for one in self.cycles if cycle in {one.name, one.id} - {""}), None)
        if found is None or number not in {"1", "2", "3"}:
            raise ValueError(f"the calendar has no milestone {name!r}; one is written newton-2")
        return found.milestones[int(number) - 1][0]

    def cycle_of(self, date: dt.date) -> Cycle | None:
        """The cycle under way on a day: the first that is not released before it; None when it is not known yet."""
        return next((one for one in self.cycles if one.released >= date), None)


@cache
def known() -> Calendar:
    """The calendar that orlop carries."""
    return Calendar.model_validate(tomllib.loads(files(__package__).joinpath("calendar.toml").read_text("utf-8")))


def months_after(date: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last of that month where it has no such day."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    return dt.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))
