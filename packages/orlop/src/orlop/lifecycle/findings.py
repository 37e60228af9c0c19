"""What each rule finds on a day: met, not met, or not judged because no results of gates were given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from orlop.lifecycle.calendar import Calendar
from orlop.lifecycle.evidence import Result
from orlop.lifecycle.record import Record
from orlop.lifecycle.rules import Rule
from orlop.lifecycle.status import Status


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule finds of one driver.

    `met` is None when it was not judged. `silent` says that it is not met only because nothing was heard: no result
    says the contrary. `due` says whether the rule is in force already.
    """

    rule: Rule
    met: bool | None
    told: str
    due: bool
    silent: bool = False

    @property
    def fails(self) -> bool:
        """Whether it is in force and not met."""
        return self.due and self.met is False


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one driver on one day; `results` is None when nobody has looked for any."""

    driver: str
    record: Record
    date: dt.date
    results: Sequence[Result] | None

    @property
    def heard(self) -> list[Result]:
        """The results of this driver up to this day, the newest first."""
        mine = [one for one in self.results or () if one.driver == self.driver and one.date <= self.date]
        return sorted(mine, key=lambda one: one.date, reverse=True)


def finding(rule: Rule, case: Case, calendar: Calendar) -> Finding:
    """What a rule finds."""
    due = case.date >= calendar.milestone(rule.by)
    if reason := rule.exempt.get(case.driver):
        return Finding(rule, met=True, told=f"exempt: {reason}", due=due)
    if rule.kind == "maintainer":
        return _maintainer(rule, case, due=due)
    if rule.kind == "voting-gate":
        return _voting_gate(rule, case, due=due)
    if case.results is None:
        return Finding(rule, met=None, told="not judged: no result of its gate is known", due=due)
    return (_capabilities if rule.kind == "capabilities" else _fresh_gate)(rule, case, due=due)


def _maintainer(rule: Rule, case: Case, *, due: bool) -> Finding:
    names = ", ".join(one.name for one in case.record.maintainers)
    return Finding(rule, met=bool(names), told=f"kept by {names}" if names else "nobody maintains it", due=due)


def _capabilities(rule: Rule, case: Case, *, due: bool) -> Finding:
    said = {
        name: next((answer for one in case.heard if (answer := one.says(name)) is not None), None)
        for name in rule.capabilities
    }
    lacking = [name for name, proved in said.items() if not proved]
    if not lacking:
        return Finding(rule, met=True, told=f"its gate proves {', '.join(rule.capabilities)}", due=due)
    silent = all(said[name] is None for name in lacking)
    heard = "no complete result says anything of" if silent else "its gate does not prove"
    return Finding(rule, met=False, told=f"{heard} {', '.join(lacking)}", due=due, silent=silent)


def _voting_gate(rule: Rule, case: Case, *, due: bool) -> Finding:
    jobs = [one for one in case.record.jobs if one.voting and set(rule.suites) <= set(one.suites)]
    if not jobs:
        return Finding(rule, met=False, told=f"no voting job runs {' and '.join(rule.suites)} on it", due=due)
    job = jobs[0].name
    if case.results is None:
        return Finding(rule, met=None, told=f"{job} votes; no result of its gate is known", due=due)
    green = next((one for one in case.heard if one.green and set(rule.suites) <= one.suites), None)
    if green is None:
        return Finding(rule, met=False, told=f"{job} votes, but was never seen green", due=due, silent=True)
    return Finding(rule, met=True, told=f"{job} votes, and was green on {green.date}", due=due)


def _fresh_gate(rule: Rule, case: Case, *, due: bool) -> Finding:
    green = next((one.date for one in case.heard if one.green), None)
    current = case.record.at(case.date)
    begun = current.date if current is not None and current.status is not Status.UNSUPPORTED else None
    since = max((day for day in (green, begun) if day is not None), default=None)
    told = f"last green on {green}" if green else "never seen green"
    age = dt.timedelta(days=rule.days or 0)
    return Finding(rule, met=since is not None and case.date - since <= age, told=told, due=due, silent=True)
