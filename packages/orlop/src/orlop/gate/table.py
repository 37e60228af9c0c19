"""The table on the terminal: one line per case, its variants taken together, and one per capability."""

from __future__ import annotations

from collections.abc import Iterator

from orlop.gate.ledger import DEVIATES, FAILED, NOT_SHOWN, OUTCOMES, PASSED, REFUSED, Case, GateLedger

Line = tuple[str, str]
"""A text and the name of its colour, which may be empty."""
_COLORS = {PASSED: "", REFUSED: "", NOT_SHOWN: "yellow", DEVIATES: "yellow", FAILED: "red"}
_WIDTH = 62


def lines(gate: GateLedger) -> Iterator[Line]:
    """The lines of one gate's table."""
    if gate.subject:
        yield _heading(gate), ""
    for function, cases in _by_function(gate).items():
        for outcome in (PASSED, REFUSED, NOT_SHOWN):
            if alike := [case for case in cases if case.outcome == outcome]:
                yield _row(function if len(alike) > 1 else alike[0].name, outcome, alike), _COLORS[outcome]
        for case in cases:
            if case.outcome in {DEVIATES, FAILED}:
                yield _row(case.name, case.outcome, [case]), _COLORS[case.outcome]
    yield from _capabilities(gate)
    yield from _verdict(gate)


def _heading(gate: GateLedger) -> str:
    subject = gate.subject
    server = subject["server"] or "no server version"
    witness = "" if subject["independent"] else "; THE WITNESS IS NOT INDEPENDENT of the driver"
    tried = f"store {subject['store']}, driver {subject['driver']} ({subject['driver_type']}), {server}"
    return f"{tried}, witness {subject['witness']}{witness}"


def _by_function(gate: GateLedger) -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for case in gate.cases.values():
        found.setdefault(case.function, []).append(case)
    return found


def _row(name: str, outcome: str, cases: list[Case]) -> str:
    seconds = sum(case.seconds for case in cases)
    count = f"x{len(cases)}" if len(cases) > 1 else ""
    notes = list(dict.fromkeys(note for case in cases for note in case.notes))
    if cases[0].deviation:
        notes.append(f"until {cases[0].deviation['expires']}: {cases[0].deviation['reason']}")
    if outcome == FAILED:
        notes.append(cases[0].message.partition("\n")[0])
    return f"{name:{_WIDTH}} {outcome:9} {count:>4} {seconds:7.2f} s  {'; '.join(notes)}".rstrip()


def _capabilities(gate: GateLedger) -> Iterator[Line]:
    for name in gate.subject.get("claimed", []):
        if name in gate.subject["lost"]:
            yield f"{name:{_WIDTH}} declared, lost for now (check)", "yellow"
        elif name in gate.proved:
            yield f"{name:{_WIDTH}} proved", "green"
        else:
            yield f"{name:{_WIDTH}} NOT PROVED", "red"


def _verdict(gate: GateLedger) -> Iterator[Line]:
    counts = ", ".join(f"{gate.count(outcome)} {outcome}" for outcome in OUTCOMES)
    if gate.missing:
        yield f"not run: {', '.join(gate.missing)}", "yellow"
        counts += f", {len(gate.missing)} not run"
    yield f"{'PASSED' if gate.passed else 'NOT PASSED'}: {counts}", "green" if gate.passed else "red"
