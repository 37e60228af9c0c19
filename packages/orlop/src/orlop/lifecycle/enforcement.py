"""What keeps a driver's record from being what the rules demand, and what to do about each of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from orlop.lifecycle.calendar import Calendar
from orlop.lifecycle.policy import Judgement
from orlop.lifecycle.record import Change, Record
from orlop.lifecycle.rules import Kind, RuleSet
from orlop.lifecycle.status import Status
from orlop.lifecycle.terms import refusals

DEPRECATION = "deprecation"
"""Stands for the terms of deprecation, where a rule is named."""
_REMEDIES: dict[Kind, str] = {
    "maintainer": "find somebody to keep it",
    "capabilities": "run its gate until it proves that, and keep the result",
    "voting-gate": "give it such a job, run that, and keep the green result",
    "fresh-gate": "run its job, and keep the green result",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is not as the rules demand: by which rule, what it is, and what to do.

    `entry` is what the history in driver.toml then needs; None where another entry is not the answer.
    """

    driver: str
    rule: str
    told: str
    remedy: str
    entry: Change | None = None

    def __str__(self) -> str:
        return f"{self.driver}: {self.told} (rule {self.rule}); {self.remedy}"


def violations(one: Judgement, record: Record, rules: RuleSet, calendar: Calendar) -> list[Violation]:
    """Everything that is not as the rules demand on the judgement's day.

    A driver that is experimental longer than it need be breaks no rule: that is for its maintainers to end.
    """
    found = list(_removals(one, record, rules, calendar))
    if one.current is not None and one.current.status is not Status.EXPERIMENTAL and one.change is not None:
        found.append(_status(one, one.current, one.change))
    return found


def _status(one: Judgement, current: Change, change: Change) -> Violation:
    told = f"it is {current.status} since {current.date}, and should be {change.status}: {change.reason}"
    remedy = f"add to the end of its driver.toml: {entry_of(change)}"
    if one.rule is not None and change.status is not Status.REMOVED:
        remedy = f"{_REMEDIES[one.rule.kind]}, or {remedy}"
    return Violation(one.driver, one.rule.name if one.rule else current.rule, told, remedy, change)


def _removals(one: Judgement, record: Record, rules: RuleSet, calendar: Calendar) -> Iterator[Violation]:
    for change in record.history:
        if change.status is not Status.REMOVED or change.date > one.date:
            continue
        since = record.deprecated_since(change.date)
        if against := refusals(since, record.migration, change.date, rules.deprecation, calendar):
            told = f"its removal on {change.date} is refused: {'; '.join(against)}"
            remedy = f"take that out of its driver.toml until then; {rules.deprecation.why}"
            yield Violation(one.driver, DEPRECATION, told, remedy)


def entry_of(change: Change) -> str:
    """A change as it stands in a driver.toml, on one line."""
    fields = {"status": change.status.value, "reason": change.reason} | ({"rule": change.rule} if change.rule else {})
    told = (f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items())
    return f"[[history]] date = {change.date}, {', '.join(told)}"
