"""What a driver's status should be on a day: a pure function of its record, the rules, the calendar and the results.

* A driver that fails a rule which is in force is deprecated; one that fails only the fresh gate is unsupported.
* A deprecated driver is removed at the rule's milestone, and never before the terms of deprecation are over. Silence
  alone - no result says that a rule is met, none that it is not - removes nothing.
* What a rule has done is undone as soon as every rule is met again. What somebody decided stays.
* An experimental driver owes nothing; it is supported when it meets every rule.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from orlop.lifecycle.calendar import Calendar
from orlop.lifecycle.findings import Case, Finding, finding
from orlop.lifecycle.record import Change
from orlop.lifecycle.rules import Rule, RuleSet
from orlop.lifecycle.status import Status
from orlop.lifecycle.terms import first_day, refusals


@dataclass(frozen=True, slots=True)
class Step:
    """What the rules will demand on a day, when nothing changes until then."""

    date: dt.date
    status: Status
    rule: Rule


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of one driver on one day.

    `current` is what its record says; None before its first status. `should` is what it ought to be, `rule` the one
    that leads there (None where none does), and `why` says it in words. `steps` are to come.
    """

    driver: str
    date: dt.date
    current: Change | None
    should: Status | None
    rule: Rule | None
    why: str
    findings: tuple[Finding, ...]
    steps: tuple[Step, ...]

    @property
    def differs(self) -> bool:
        """Whether the record has to be changed."""
        return self.current is not None and self.should is not self.current.status

    @property
    def change(self) -> Change | None:
        """The entry that the record's history needs; None where it is right."""
        if not self.differs or self.should is None:
            return None
        return Change(date=self.date, status=self.should, reason=self.why, rule=self.rule.name if self.rule else "")


def judge(case: Case, rules: RuleSet, calendar: Calendar) -> Judgement:
    """Judge one driver."""
    current = case.record.at(case.date)
    findings = tuple(finding(rule, case, calendar) for rule in rules.rules)
    if current is None:
        return Judgement(case.driver, case.date, None, None, None, "it is not there yet", findings, ())
    bench = _Bench(case, current, findings, rules, calendar)
    should, rule, why = bench.verdict()
    steps = () if should is Status.REMOVED else tuple(sorted(bench.steps(), key=lambda step: step.date))
    return Judgement(case.driver, case.date, current, should, rule, why, findings, steps)


Verdict = tuple[Status, Rule | None, str]


@dataclass(frozen=True, slots=True)
class _Bench:
    """All that a judgement is made of."""

    case: Case
    current: Change
    findings: tuple[Finding, ...]
    rules: RuleSet
    calendar: Calendar

    def verdict(self) -> Verdict:
        """What the status should be."""
        match self.current.status:
            case Status.REMOVED:
                return Status.REMOVED, None, "it is gone"
            case Status.EXPERIMENTAL:
                ready = all(one.met for one in self.findings)
                told = "it meets every rule" if ready else "it does not meet every rule yet"
                return Status.SUPPORTED if ready else Status.EXPERIMENTAL, None, told
            case Status.DEPRECATED if self._failing(Status.DEPRECATED) or not self._undone():
                return self._deprecated()
        return self._kept()

    def steps(self) -> Iterator[Step]:
        """What comes."""
        for one in self.findings:
            if one.met is not False or one.rule.demands is not Status.DEPRECATED:
                continue
            since = self.case.record.deprecated_since(self.case.date)
            if since is None:
                since = max(self.calendar.milestone(one.rule.by), self.case.date)
                yield Step(since, Status.DEPRECATED, one.rule)
            over = first_day(since, self.rules.deprecation, self.calendar)
            if over is not None and not one.silent:
                planned = self.calendar.milestone(one.rule.removal) if one.rule.removal else over
                yield Step(max(over, planned, self.case.date), Status.REMOVED, one.rule)

    def _kept(self) -> Verdict:
        """For a driver that is supported, unsupported, or deprecated for what is over."""
        failing, stale = self._failing(Status.DEPRECATED), self._failing(Status.UNSUPPORTED)
        if failing:
            return Status.DEPRECATED, failing[0].rule, "; ".join(one.told for one in failing)
        if stale:
            return Status.UNSUPPORTED, stale[0].rule, stale[0].told
        if self.current.status is Status.UNSUPPORTED and not self._undone():
            return Status.UNSUPPORTED, None, self.current.reason
        return Status.SUPPORTED, None, "it meets every rule that is in force"

    def _deprecated(self) -> Verdict:
        """For a driver that is deprecated, and for good reason."""
        failing = self._failing(Status.DEPRECATED)
        if not failing:
            return Status.DEPRECATED, None, self.current.reason
        case, since = self.case, self.case.record.deprecated_since(self.case.date)
        against = refusals(since, case.record.migration, case.date, self.rules.deprecation, self.calendar)
        for one in failing:
            early = one.rule.removal is not None and case.date < self.calendar.milestone(one.rule.removal)
            if not (one.silent or early or against):
                return Status.REMOVED, one.rule, f"deprecated since {since}, and still: {one.told}"
        told = "; ".join(one.told for one in failing)
        if all(one.silent for one in failing):
            told += "; it is not removed on silence alone"
        return Status.DEPRECATED, failing[0].rule, told

    def _failing(self, demanded: Status) -> list[Finding]:
        return [one for one in self.findings if one.fails and one.rule.demands is demanded]

    def _undone(self) -> bool:
        """Whether the rule that led to the status is met now; what was decided stays until it is decided anew."""
        return any(one.rule.name == self.current.rule and one.met for one in self.findings)
