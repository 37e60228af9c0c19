"""What holds for every driver, every result and every day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from orlop.lifecycle.calendar import Calendar, known, months_after
from orlop.lifecycle.evidence import Result
from orlop.lifecycle.findings import Case
from orlop.lifecycle.policy import Judgement, judge
from orlop.lifecycle.record import Record
from orlop.lifecycle.rules import BUILT_IN, Terms, rule_set
from orlop.lifecycle.status import Status
from orlop.lifecycle.terms import RemovalRefused, enacted, first_day, refusals

from tests.lifecycle.mitaka import gate
from tests.lifecycle.records import JOB, MAINTAINER, THREE, record

DAYS = st.dates(dt.date(2015, 6, 1), dt.date(2027, 12, 31))
RULES = st.sampled_from([rule_set(name) for name in BUILT_IN])
FULL = [JOB | {"suites": ["orlop-gate", "glance-functional"]}]
CAPABILITIES = st.frozensets(st.sampled_from(THREE))


@st.composite
def results(draw: st.DrawFn) -> Result:
    return Result(
        draw(st.sampled_from(["x", "other"])),
        draw(DAYS),
        passed=draw(st.booleans()),
        complete=draw(st.booleans()),
        proved=draw(CAPABILITIES),
        neutral=draw(CAPABILITIES),
        suites=draw(st.frozensets(st.sampled_from(["orlop-gate", "glance-functional"]))),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Any that makes sense, up to the deprecation."""
    days = sorted(draw(st.lists(DAYS, min_size=1, max_size=4, unique=True)))
    states = [Status.EXPERIMENTAL, Status.SUPPORTED, Status.UNSUPPORTED, Status.DEPRECATED]
    rows: list[dict[str, Any]] = []
    for day in days:
        others = [one for one in states if not rows or one is not rows[-1]["status"]]
        rule = draw(st.sampled_from(["", "maintainer", "main-capabilities", "voting-gate", "fresh-gate"]))
        rows.append({"date": day, "status": draw(st.sampled_from(others)), "reason": "so", "rule": rule})
    return rows


RECORDS = st.builds(
    record,
    maintainers=st.sampled_from([[], [MAINTAINER]]),
    jobs=st.sampled_from([[], [JOB], FULL]),
    history=histories(),
    migration=st.just("Move."),
)
RESULTS = st.none() | st.lists(results(), max_size=6)


def judged(found: Record, day: dt.date, seen: list[Result] | None, rules: Any) -> Judgement:
    return judge(Case("x", found, day, seen), rules, known())


def severity(one: Judgement) -> int:
    return -1 if one.should is None else one.should.severity


@given(RECORDS, RESULTS, DAYS, DAYS, RULES)
@settings(max_examples=80, deadline=None)
def test_without_new_facts_nothing_gets_better(found: Record, seen: Any, one: Any, other: Any, rules: Any) -> None:
    early, late = sorted([one, other])
    assume(not any(early < change.date <= late for change in found.history))
    assume(not any(early < result.date <= late for result in seen or ()))
    assert severity(judged(found, early, seen, rules)) <= severity(judged(found, late, seen, rules))


@given(RECORDS, RESULTS, DAYS, RULES)
@settings(max_examples=80, deadline=None)
def test_nothing_is_removed_before_the_terms_are_over(found: Record, seen: Any, day: Any, rules: Any) -> None:
    one = judged(found, day, seen, rules)
    if one.should is Status.REMOVED:
        since = found.deprecated_since(day)
        assert since is not None
        over = first_day(since, rules.deprecation, known())
        assert over is not None
        assert day >= over
        assert any(finding.fails and not finding.silent for finding in one.findings)
    for step in one.steps:
        assert step.date >= day


@given(RECORDS, RESULTS, DAYS, RULES)
@settings(max_examples=80, deadline=None)
def test_what_the_policy_demands_can_be_done_and_then_it_is_content(
    found: Record, seen: Any, day: Any, rules: Any
) -> None:
    day = max(day, found.latest.date)
    change = judged(found, day, seen, rules).change
    after = enacted(found, change, rules.deprecation, known()) if change else found
    assert judged(after, day, seen, rules).change is None


GOOD = record(jobs=FULL)


@given(st.lists(results(), max_size=6), st.dates(dt.date(2016, 1, 1), dt.date(2016, 5, 1)), DAYS, RULES)
@settings(max_examples=80, deadline=None)
def test_silence_alone_never_goes_beyond_unsupported(others: Any, green: Any, day: Any, rules: Any) -> None:
    """A driver that had its green gate once, and then was never heard of again."""
    seen = [gate("x", green.isoformat()), *(one for one in others if one.driver != "x")]
    assume(day >= green)
    assert judged(GOOD, day, seen, rules).should in {Status.SUPPORTED, Status.UNSUPPORTED}


@given(RECORDS, DAYS, DAYS, RULES)
@settings(max_examples=80, deadline=None)
def test_silence_of_a_kept_driver_with_a_job_removes_nothing(found: Record, one: Any, other: Any, rules: Any) -> None:
    kept = Record.model_validate(found.model_dump(by_alias=True) | {"jobs": FULL, "maintainers": [MAINTAINER]})
    early, late = sorted([one, other])
    first = judged(kept, early, [], rules)
    if first.change and first.change.date >= kept.latest.date:
        kept = enacted(kept, first.change, rules.deprecation, known())
    assert judged(kept, late, [], rules).should is not Status.REMOVED


TODAY = rule_set("orlop")


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2027-01-15", "supported"),
        ("2027-01-16", "unsupported"),
        ("2027-02-01", "unsupported"),
    ],
)
def test_a_stale_gate_makes_a_driver_unsupported(day: str, status: str) -> None:
    seen = [gate("x", "2027-01-01"), gate("x", "2027-01-20", passed=False)]
    assert judged(GOOD, dt.date.fromisoformat(day), seen, TODAY).should == status


def test_it_is_back_as_soon_as_the_gate_is_green_and_a_decision_is_not_undone_by_it() -> None:
    stale = {"date": "2027-01-16", "status": "unsupported", "reason": "last green on 2027-01-01"}
    seen = [gate("x", "2027-01-01"), gate("x", "2027-02-01")]
    for rule, expected in (("fresh-gate", Status.SUPPORTED), ("", Status.UNSUPPORTED)):
        found = record(jobs=FULL, history=[*GOOD.model_dump()["history"], stale | {"rule": rule}])
        assert judged(found, dt.date(2027, 1, 31), seen, TODAY).should is Status.UNSUPPORTED
        assert judged(found, dt.date(2027, 2, 1), seen, TODAY).should is expected


def test_without_results_what_they_would_show_is_not_judged() -> None:
    one = judged(GOOD, dt.date(2027, 2, 1), None, TODAY)
    assert {finding.rule.name: finding.met for finding in one.findings} == {
        "maintainer": True, "main-capabilities": None, "voting-gate": None, "fresh-gate": None,
    }  # fmt: skip
    assert one.should is Status.SUPPORTED


@pytest.mark.parametrize(
    ("status", "rule"), [("deprecated", "main-capabilities"), ("unsupported", "fresh-gate"), ("unsupported", "gone")]
)
def test_without_results_what_a_rule_has_done_is_not_undone(status: str, rule: str) -> None:
    row = {"date": "2027-01-16", "status": status, "reason": "it was so", "rule": rule}
    found = record(jobs=FULL, history=[row], migration="Move.")
    one = judged(found, dt.date(2027, 2, 1), None, TODAY)
    assert (one.should, one.why, one.change) == (status, "it was so", None)


def test_an_experimental_driver_owes_nothing_and_is_supported_when_it_meets_every_rule() -> None:
    history = [{"date": "2026-12-01", "status": "experimental", "reason": "new"}]
    day = dt.date(2027, 2, 1)
    assert judged(record(maintainers=[], jobs=[], history=history), day, [], TODAY).should is Status.EXPERIMENTAL
    ready = record(jobs=FULL, history=history)
    assert judged(ready, day, [], TODAY).should is Status.EXPERIMENTAL
    assert judged(ready, day, [gate("x", "2027-01-30")], TODAY).should is Status.SUPPORTED


def test_a_decision_to_deprecate_stays_and_is_never_turned_into_a_removal_by_the_rules() -> None:
    rows = [{"date": "2020-01-01", "status": "deprecated", "reason": "replaced"}]
    one = judged(
        record(jobs=FULL, history=rows, migration="Move."), dt.date(2027, 2, 1), [gate("x", "2027-01-30")], TODAY
    )
    assert (one.should, one.change, one.why) == (Status.DEPRECATED, None, "replaced")


@given(DAYS, DAYS, st.integers(1, 3), st.booleans(), st.integers(0, 18))
@settings(max_examples=80, deadline=None)
def test_a_removal_is_refused_until_the_first_day_and_never_after(
    since: Any, day: Any, releases: int, slurp: bool, months: int
) -> None:
    terms = Terms(releases=releases, slurp=slurp, months=months, why="")
    over = first_day(since, terms, known())
    assert bool(refusals(since, "Move.", day, terms, known())) is (over is None or day < over)
    assert "there is no migration text" in refusals(since, "", day, terms, known())
    assert refusals(None, "Move.", day, terms, known()) == ["it is not deprecated"]


def test_a_removal_of_what_is_not_deprecated_is_refused() -> None:
    change = GOOD.latest.model_copy(update={"status": Status.REMOVED, "date": dt.date(2027, 1, 1)})
    with pytest.raises(RemovalRefused, match="it is not deprecated"):
        enacted(GOOD, change, TODAY.deprecation, known())


@settings(deadline=None)
@given(DAYS, st.integers(0, 36))
def test_months_are_added_as_people_do(day: dt.date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + dt.timedelta(days=1)).day == 1)


def test_the_calendar() -> None:
    calendar = known()
    assert [calendar.cycles[0].name, calendar.cycles[-1].id, len(calendar.cycles)] == ["mitaka", "2027.1", 23]
    assert [one.id for one in calendar.cycles if one.slurp] == [f"{year}.1" for year in range(2023, 2028)]
    assert str(calendar.milestone("newton-2")) == "2016-07-11"
    assert calendar.milestone("2026.2-1") == calendar.milestone("hibiscus-1")
    for wrong in ("newton", "newton-4", "-1", "kilo-1"):
        with pytest.raises(ValueError, match="the calendar has no milestone"):
            calendar.milestone(wrong)
    assert calendar.cycle_of(dt.date(2030, 1, 1)) is None
    with pytest.raises(ValueError, match="there is no cycle 'x'"):
        Calendar.model_validate({"cycles": [], "releases": [{"version": "1", "cycle": "x"}]})
    upside_down = [one.model_dump() for one in reversed(calendar.cycles[:2])]
    with pytest.raises(ValueError, match="mitaka is released before newton"):
        Calendar.model_validate({"cycles": upside_down})


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_rule_is_named_explained_and_dated_by_a_milestone_that_there_is(name: str) -> None:
    found = rule_set(name)
    assert len({rule.name for rule in found.rules}) == len(found.rules)
    for rule in found.rules:
        assert rule.why.endswith(".")
        begun = known().milestone(rule.by)
        assert rule.removal is None or known().milestone(rule.removal) > begun
