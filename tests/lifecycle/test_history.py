"""History, replayed: what the rules of 2016 say of the drivers of that day, on each day that mattered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest
from orlop.lifecycle.calendar import known
from orlop.lifecycle.evidence import Result
from orlop.lifecycle.findings import Case
from orlop.lifecycle.policy import Judgement, judge
from orlop.lifecycle.record import Change, InvalidRecord, Record, record_from
from orlop.lifecycle.rules import rule_set
from orlop.lifecycle.status import Status
from orlop.lifecycle.terms import RemovalRefused, enacted

from tests.lifecycle.mitaka import drivers, gate
from tests.lifecycle.records import JOB, MAINTAINER, THREE, record, table

RULES = rule_set("glance-2016")
TODAY = rule_set("orlop")


def on(
    day: str, records: dict[str, Record], results: Sequence[Result] | None = None, rules: object = RULES
) -> dict[str, Judgement]:
    """All drivers, judged."""
    date = dt.date.fromisoformat(day)
    chosen = TODAY if rules is TODAY else RULES
    return {name: judge(Case(name, one, date, results), chosen, known()) for name, one in records.items()}


def taken_over(day: str, records: dict[str, Record], results: Sequence[Result] | None = None) -> dict[str, Record]:
    """The records with what the rules demand on this day taken into their histories."""
    return {
        name: enacted(records[name], one.change, RULES.deprecation, known()) if one.change else records[name]
        for name, one in on(day, records, results).items()
    }


def should(judged: dict[str, Judgement], status: Status) -> set[str]:
    return {name for name, one in judged.items() if one.should is status}


@pytest.mark.parametrize("day", ["2015-12-10", "2016-01-11", "2016-01-17"])
def test_before_the_deadline_nobody_is_deprecated(day: str) -> None:
    judged = on(day, drivers())
    assert should(judged, Status.SUPPORTED) == set(drivers())
    coming = [(str(step.date), step.status, step.rule.name) for step in judged["s3"].steps]
    assert ("2016-01-18", "deprecated", "maintainer") in coming
    assert ("2016-07-11", "removed", "maintainer") in coming


def test_on_the_day_of_the_closing_mail_exactly_one_driver_has_no_maintainer_and_is_deprecated() -> None:
    judged = on("2016-01-19", drivers())
    assert should(judged, Status.DEPRECATED) == {"s3"}
    assert judged["s3"].rule is not None
    assert (judged["s3"].rule.name, judged["s3"].why) == ("maintainer", "nobody maintains it")
    cycle = known().cycle_of(judged["s3"].date)
    assert cycle is not None
    assert cycle.name == "mitaka"


def test_s3_is_removed_in_newton_at_its_second_milestone_and_not_before() -> None:
    records = taken_over("2016-01-19", drivers())
    for day in ("2016-04-20", "2016-05-29", "2016-07-10"):
        assert on(day, {"s3": records["s3"]})["s3"].should is Status.DEPRECATED
    gone = on("2016-07-11", {"s3": records["s3"]})["s3"]
    assert (gone.should, gone.why) == (Status.REMOVED, "deprecated since 2016-01-19, and still: nobody maintains it")
    assert taken_over("2016-07-11", {"s3": records["s3"]})["s3"].latest.status is Status.REMOVED


def test_s3_would_have_stayed_had_somebody_come_in_time() -> None:
    records = taken_over("2016-01-19", drivers())
    kept = Record.model_validate(records["s3"].model_dump(by_alias=True) | {"maintainers": [MAINTAINER]})
    assert on("2016-05-01", {"s3": kept})["s3"].should is Status.SUPPORTED


def test_a_candidacy_that_lacks_something_is_none() -> None:
    for lacking in ("email", "nick", "name"):
        offered = {key: value for key, value in MAINTAINER.items() if key != lacking}
        with pytest.raises(InvalidRecord, match=rf"missing: maintainers\.0\.{lacking}$"):
            record_from(table(maintainers=[offered]))


# No gate ran in those days. What one would have said is supposed to be what today's drivers of these names claim; of
# sheepdog, which is not among them, nothing is supposed.
GATES = [gate(name, "2016-05-20") for name in ("file", "cinder", "vmware")] + [
    gate(name, "2016-05-20", ("READ_ACCESS", "WRITE_ACCESS")) for name in ("swift", "rbd")
]


def test_what_the_rules_then_demand_by_n_1_and_n_2_and_o_1() -> None:
    records = taken_over("2016-01-19", drivers())
    assert should(on("2016-05-29", records, GATES), Status.DEPRECATED) == {"s3"}
    # N-1: the three capabilities, by the gate's result. http is exempt, and needs no gate to be so.
    at_n1 = on("2016-05-30", records, GATES)
    assert should(at_n1, Status.DEPRECATED) == {"s3", "swift", "rbd", "sheepdog"}
    assert at_n1["rbd"].why == "its gate does not prove DRIVER_REUSABLE"
    assert at_n1["sheepdog"].why.startswith("no complete result says anything of READ_ACCESS, ")
    records = taken_over("2016-05-30", records, GATES)
    # N-2: a voting gate. file and http are the Glance team's.
    at_n2 = on("2016-07-11", records, GATES)
    assert should(at_n2, Status.DEPRECATED) == {"swift", "rbd", "sheepdog", "cinder", "vmware"}
    assert should(at_n2, Status.REMOVED) == {"s3"}
    assert at_n2["cinder"].why == "no voting job runs glance-functional on it"
    records = taken_over("2016-07-11", records, GATES)
    # Until O-1 they stay, deprecated; then all go that nobody has mended.
    assert should(on("2016-11-13", records, GATES), Status.REMOVED) == {"s3"}
    at_o1 = on("2016-11-14", records, GATES)
    assert should(at_o1, Status.REMOVED) == {"s3", "swift", "rbd", "sheepdog", "cinder", "vmware"}
    assert should(at_o1, Status.SUPPORTED) == {"file", "http"}


def test_what_nobody_has_tested_is_deprecated_but_not_removed_for_that() -> None:
    silent = {"rbd": record(jobs=[JOB], migration="Move.")}
    records = taken_over("2016-05-30", silent, [])
    assert records["rbd"].latest.status is Status.DEPRECATED
    late = on("2017-02-01", records, [])["rbd"]
    assert late.should is Status.DEPRECATED
    assert "not removed on silence alone" in late.why
    assert on("2017-02-01", records, [gate("rbd", "2017-01-30")])["rbd"].should is Status.SUPPORTED


# Upstream's drivers of 2026: keepers and CI as its documentation and jobs have them, capabilities as its code claims.
UPSTREAM = {
    "file": (True, False, THREE),
    "http": (True, False, ("READ_ACCESS", "DRIVER_REUSABLE")),
    "swift": (True, False, ("READ_ACCESS", "WRITE_ACCESS")),
    "cinder": (True, False, THREE),
    "rbd": (True, False, ("READ_ACCESS", "WRITE_ACCESS")),
    "s3": (True, False, ("READ_ACCESS", "WRITE_ACCESS")),
    "vmware": (False, False, THREE),
}
"""Has it a maintainer; does a voting job of the library's gate run Glance's functional tests on it; what does it claim."""


def upstream() -> dict[str, Record]:
    return {
        name: record(
            maintainers=[MAINTAINER] if kept else [],
            jobs=[JOB] if voting else [],
            capabilities={"required": list(claims)},
            migration="Move.",
        )
        for name, (kept, voting, claims) in UPSTREAM.items()
    }


CLAIMED = [gate(name, "2026-11-01", claims) for name, (_, _, claims) in UPSTREAM.items()]


def failing(judged: Judgement) -> set[str]:
    return {one.rule.name for one in judged.findings if one.fails}


def test_of_todays_upstream_drivers_the_glance_teams_own_pass() -> None:
    """Even when every claim is taken for proved."""
    judged = on("2026-11-22", upstream(), CLAIMED)
    assert {name: failing(one) for name, one in judged.items()} == {
        "file": set(),
        "http": set(),
        "cinder": {"voting-gate"},
        "swift": {"main-capabilities", "voting-gate"},
        "rbd": {"main-capabilities", "voting-gate"},
        "s3": {"main-capabilities", "voting-gate"},
        "vmware": {"maintainer", "voting-gate"},
    }
    assert should(judged, Status.SUPPORTED) == {"file", "http"}


def test_by_orlops_rules_not_even_these() -> None:
    judged = on("2026-11-22", upstream(), CLAIMED, TODAY)
    assert should(judged, Status.SUPPORTED) == set()
    assert failing(judged["file"]) == {"voting-gate", "fresh-gate"}


# Of both changes only the month is known (2019-07, 2019-11; glance_store's commits), of its beginning nothing: it was there
# before 2016. The days are supposed; no other day of those months makes a difference.
SHEEPDOG = [
    {"date": "2015-01-01", "status": "supported", "reason": "it works"},
    {"date": "2019-07-31", "status": "deprecated", "reason": "the project is no longer maintained"},
]


def test_sheepdog_was_removed_by_the_terms_of_2016_and_could_not_be_by_todays() -> None:
    dog = record(history=SHEEPDOG, migration="Move.")
    change = Change(date=dt.date(2019, 11, 15), status=Status.REMOVED, reason="it was said")
    assert enacted(dog, change, RULES.deprecation, known()).latest == change
    with pytest.raises(RemovalRefused) as error:
        enacted(dog, change, TODAY.deprecation, known())
    assert str(error.value) == (
        "a removal on 2019-11-15 is refused: 0 of 1 SLURP releases came out with the deprecation of 2019-07-31 in it; "
        f"12 months since 2019-07-31 end on 2020-07-31 ({TODAY.deprecation.why})"
    )
