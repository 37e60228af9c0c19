"""`orlop lifecycle`: what the rules say of the drivers, today or on any day, and why."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import typer

from orlop.cli.exit_codes import ExitCode
from orlop.cli.failures import Failure, Misuse, note
from orlop.cli.gate_results import Results, Seen, results_of
from orlop.cli.output import fields, message, result, table
from orlop.cli.session import Session
from orlop.lifecycle import calendar, carried
from orlop.lifecycle.enforcement import Violation, violations
from orlop.lifecycle.findings import Case
from orlop.lifecycle.policy import Judgement, judge
from orlop.lifecycle.record import InvalidRecord, Record
from orlop.lifecycle.rules import DEFAULT, RuleSet, rule_set
from orlop.lifecycle.tombstones import Tombstone, tombstone, tombstones
from orlop.registry import driver_names


def command(
    ctx: typer.Context,
    *,
    at: Annotated[str | None, typer.Option("--at", metavar="DATE", help="Judge as of this day, YYYY-MM-DD.")] = None,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="DRIVER", help="One driver: every rule, and what it finds.")
    ] = None,
    rules: Annotated[
        str, typer.Option("--rules", metavar="NAME", help="The rules: orlop, glance-2016, or a TOML file.")
    ] = DEFAULT,
    results: Results = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Fail where a driver's status is not as the rules demand, and say what to do."),
    ] = False,
) -> int:
    """Say what the status of each driver should be by the rules, and why.

    Rules about gates are judged by the results that the drivers carry, or by those that are given. The status that
    counts when a store is opened is the one in the driver's own driver.toml; this command says when that has to be
    changed. With --check the exit code is 1 where it has to be.
    """
    session: Session = ctx.obj
    date = _date(at)
    chosen = _rules(rules)
    seen = results_of(results)
    if explain is not None:
        _explain(session, explain, date, chosen, seen)
        return int(ExitCode.OK)
    judged, without, wrong = [], [], []
    for name in driver_names():
        record, error = _record_of(name)
        if record is None:
            without.append({"driver": name, "error": error})
            wrong.append(Violation(name, "record", error, "write one: it says who keeps the driver, and what tests it"))
        else:
            judged.append(judge(Case(name, record, date, seen.of(name, date)), chosen, calendar.known()))
            wrong += violations(judged[-1], record, chosen, calendar.known())
    document = {
        "date": date.isoformat(),
        "cycle": _cycle(date),
        "rules": chosen.name,
        "drivers": [_document(one) for one in judged],
        "without_record": without,
        "removed": [_gone(one) for one in tombstones()],
        "violations": [_violation(one) for one in wrong],
    }
    heads = ["DRIVER", "STATUS", "SHOULD BE", "WHY", "NEXT"]
    rows = [[one.driver, _status(one), one.should or "-", one.why, _next(one)] for one in judged]
    rows += [[one["driver"], "-", "-", one["error"], "-"] for one in without]
    for told in seen.faults.values():
        message(session, told)
    if (unknown := [one.driver for one in judged if seen.of(one.driver, date) is None]) and not session.json:
        message(
            session, f"no result of a gate is known of {', '.join(unknown)}: rules about gates are not judged there"
        )
    result(session, document, lambda: table(heads, rows))
    if not check:
        return int(ExitCode.OK)
    for violation in wrong:
        note(str(violation), session)
    return int(ExitCode.FAILED if wrong else ExitCode.OK)


def _violation(one: Violation) -> dict[str, Any]:
    entry = one.entry.model_dump(mode="json") if one.entry else None
    return {"driver": one.driver, "rule": one.rule, "found": one.told, "remedy": one.remedy, "entry": entry}


def _rules(name: str) -> RuleSet:
    try:
        found = rule_set(name)
        for milestone in [day for rule in found.rules for day in (rule.by, rule.removal) if day]:
            calendar.known().milestone(milestone)
    except ValueError as error:
        raise Misuse(str(error)) from error
    return found


def _record_of(driver: str) -> tuple[Record | None, str]:
    """The record of a driver, or why there is none."""
    try:
        record = carried.record_of(driver)
    except InvalidRecord as error:
        return None, str(error)
    return record, "" if record else "it carries no driver.toml"


def _explain(session: Session, driver: str, date: dt.date, rules: RuleSet, seen: Seen) -> None:
    if driver not in driver_names():
        if gone := tombstone(driver):
            result(session, _gone(gone), lambda: fields(_shown(_gone(gone))))
            return
        raise Misuse(f"there is no driver {driver!r}; there are {', '.join(driver_names())}")
    record, wrong = _record_of(driver)
    if record is None:
        raise Failure(f"{driver}: {wrong}")
    one = judge(Case(driver, record, date, seen.of(driver, date)), rules, calendar.known())
    result(session, _document(one) | {"rules": rules.name}, lambda: fields(_explained(one, rules)))


def _document(one: Judgement) -> dict[str, Any]:
    return {
        "driver": one.driver,
        "date": one.date.isoformat(),
        "status": one.current.status.value if one.current else None,
        "since": one.current.date.isoformat() if one.current else None,
        "reason": one.current.reason if one.current else None,
        "should": one.should.value if one.should else None,
        "rule": one.rule.name if one.rule else None,
        "why": one.why,
        "findings": [
            {"rule": found.rule.name, "met": found.met, "due": found.due, "found": found.told, "text": found.rule.why}
            for found in one.findings
        ],
        "steps": [
            {"date": step.date.isoformat(), "status": step.status.value, "rule": step.rule.name} for step in one.steps
        ],
    }


def _explained(one: Judgement, rules: RuleSet) -> list[tuple[str, str]]:
    rows = [("driver", one.driver), ("date", f"{one.date} ({_cycle(one.date) or 'no known cycle'})")]
    rows += [("rules", f"{rules.name}: {rules.title}"), ("status", _status(one))]
    if one.current:
        rows.append(("because", one.current.reason))
        rows.append(("means", one.current.status.consequence))
    rows += [("should be", one.should or "-"), ("because", one.why)]
    for found in one.findings:
        state = {True: "met", False: "NOT MET", None: "not judged"}[found.met]
        force = f"in force since {found.rule.by}" if found.due else f"in force from {found.rule.by} on"
        rows.append((found.rule.name, f"{state}, {force}: {found.told}. {found.rule.why}"))
    rows += [("then", f"{step.date}: {step.status}, by the rule {step.rule.name}") for step in one.steps]
    return rows


def _gone(one: Tombstone) -> dict[str, Any]:
    return {
        "driver": one.name,
        "what": one.what,
        "status": "removed",
        "deprecated": one.deprecated,
        "removed": one.removed,
        "release": one.release or None,
        "reason": one.reason,
        "instead": one.instead,
        "source": one.source,
    }


def _shown(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in document.items() if value is not None]


def _status(one: Judgement) -> str:
    return f"{one.current.status} since {one.current.date}" if one.current else "-"


def _next(one: Judgement) -> str:
    return f"{one.steps[0].status} on {one.steps[0].date}" if one.steps else "-"


def _cycle(date: dt.date) -> str | None:
    cycle = calendar.known().cycle_of(date)
    return cycle.name if cycle else None


def _date(text: str | None) -> dt.date:
    if text is None:
        return dt.datetime.now(dt.UTC).date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Misuse(f"{text!r} is no date; one is written 2026-11-22") from None
