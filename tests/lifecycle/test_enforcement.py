"""What breaks the rules is named, with what to do; and our own drivers break none."""

from __future__ import annotations

import datetime as dt
from importlib.metadata import entry_points
from typing import Any

from orlop.lifecycle.calendar import known
from orlop.lifecycle.carried import GROUP, carried
from orlop.lifecycle.enforcement import Violation, violations
from orlop.lifecycle.evidence import Result
from orlop.lifecycle.findings import Case
from orlop.lifecycle.policy import judge
from orlop.lifecycle.proofs import carried_results
from orlop.lifecycle.record import record_in
from orlop.lifecycle.rules import rule_set

from tests.lifecycle.mitaka import gate
from tests.lifecycle.records import JOB, record

RULES = rule_set("orlop")
VOTING = JOB | {"suites": ["orlop-gate", "glance-functional"]}
GREEN = [gate("x", "2026-11-20")]
SUPPORTED = {"date": "2026-11-01", "status": "supported", "reason": "it works"}


def found(day: str, results: list[Result] | None = None, **changed: Any) -> list[Violation]:
    mine = record(**{"jobs": [VOTING], "history": [SUPPORTED]} | changed)
    case = Case("x", mine, dt.date.fromisoformat(day), GREEN if results is None else results)
    return violations(judge(case, RULES, known()), mine, RULES, known())


def test_what_meets_the_rules_breaks_none() -> None:
    assert found("2026-11-22") == []


def test_a_stale_gate_is_told_with_both_ways_out() -> None:
    (one,) = found("2026-12-22")
    assert str(one) == (
        "x: it is supported since 2026-11-01, and should be unsupported: last green on 2026-11-20 (rule fresh-gate); "
        "run its job, and keep the green result, or add to the end of its driver.toml: "
        '[[history]] date = 2026-12-22, status = "unsupported", reason = "last green on 2026-11-20", rule = "fresh-gate"'
    )


def test_the_entry_that_is_named_mends_it() -> None:
    cases: list[dict[str, Any]] = [{}, {"maintainers": [], "migration": "Move."}, {"jobs": [], "migration": "Move."}]
    for changed in cases:
        (one,) = found("2026-12-22", **changed)
        assert one.entry is not None
        assert found("2026-12-22", **changed, history=[SUPPORTED, one.entry]) == []


def test_a_status_that_is_worse_than_need_be_breaks_them_too() -> None:
    stale = {"date": "2026-11-10", "status": "unsupported", "reason": "stale", "rule": "fresh-gate"}
    (one,) = found("2026-11-22", history=[SUPPORTED, stale])
    assert (one.rule, one.entry and one.entry.status) == ("fresh-gate", "supported")
    assert one.remedy.startswith("add to the end of its driver.toml: [[history]] date = 2026-11-22")


def test_an_experimental_driver_may_stay_that() -> None:
    assert found("2026-11-22", history=[SUPPORTED | {"status": "experimental"}]) == []


DEPRECATED = {"date": "2024-10-01", "status": "deprecated", "reason": "there is a better one"}
OLD = [SUPPORTED | {"date": "2024-01-01"}, DEPRECATED]


def test_a_removal_that_comes_too_early_is_refused() -> None:
    early = {"date": "2025-02-01", "status": "removed", "reason": "we are tired of it"}
    (one,) = found("2026-11-22", history=[*OLD, early], migration="Move.")
    assert one.rule == "deprecation"
    assert one.told == (
        "its removal on 2025-02-01 is refused: 0 of 1 SLURP releases came out with the deprecation of 2024-10-01 in it; "
        "12 months since 2024-10-01 end on 2025-10-01"
    )
    assert one.remedy.startswith(
        "take that out of its driver.toml until then; the standard deprecation policy of today"
    )
    assert one.entry is None


def test_a_removal_in_time_is_not() -> None:
    late = {"date": "2026-01-01", "status": "removed", "reason": "it was said for long"}
    assert found("2026-11-22", history=[*OLD, late], migration="Move.") == []


def test_a_removal_that_the_rules_demand_is_said() -> None:
    since = {"date": "2025-01-01", "status": "deprecated", "reason": "nobody maintains it", "rule": "maintainer"}
    history = [SUPPORTED | {"date": "2024-01-01"}, since]
    (one,) = found("2027-04-01", history=history, maintainers=[], migration="Move.")
    assert one.remedy.startswith('add to the end of its driver.toml: [[history]] date = 2027-04-01, status = "removed"')


def test_an_entry_is_the_toml_that_it_looks_like() -> None:
    """On one line for a message; with the fields on lines of their own it is what driver.toml wants."""
    (one,) = found("2026-12-22")
    head, _, fields = one.remedy.partition("driver.toml: ")[2].partition(" ")
    text = "\n".join([head, *fields.replace(", ", "\n").splitlines()])
    start = """
schema = 1
title = "X"
summary = "X"
since = "1"
maintainers = []
jobs = []
[capabilities]
required = []
"""
    assert record_in(start + text).latest == one.entry


def test_our_own_drivers_are_as_the_rules_demand() -> None:
    """Each on the day of its newest entry or result, so that one commit always gets one answer; `.ci/run` takes today."""
    told = []
    for point in entry_points(group=GROUP):
        if point.dist is None or point.dist.name != "orlop":
            continue
        mine, results = carried(point), carried_results(point)
        assert mine is not None, f"{point.name} carries no driver.toml"
        day = max([mine.latest.date, *(one.date for one in results)])
        judged = judge(Case(point.name, mine, day, results or None), RULES, known())
        told += list(map(str, violations(judged, mine, RULES, known())))
    assert told == []
