"""What the job says at its end, in a few lines."""

from __future__ import annotations

from collections.abc import Iterator

from ci.job import Job, Judged
from ci.outcome import totals
from ci.own_gate import OwnGate

_MOST = 40
"""More differences than these are in the files."""
_WIDTH = 300


def lines(job: Job) -> Iterator[str]:
    """The lines."""
    if job.own is not None:
        yield from _own(job.own)
    for judged in job.suites:
        yield from _suite(judged)
    versions = job.versions
    told = [f"{name} {versions[name]}" for name in ("orlop", "glance-store", "glance") if versions.get(name)]
    yield f"{', '.join(told)}, Python {versions['python']}; {job.seconds:.0f} s"
    part = "" if job.whole else " (not the whole job)"
    yield f"gate {job.driver}: {'PASSED' if job.passed else 'NOT PASSED'}{part}"


def _own(own: OwnGate) -> Iterator[str]:
    cases = [case for gate in own.gates for case in gate["cases"]]
    failed = own.failed_cases
    for name, message in failed[:_MOST]:
        yield _short(f"failed: {name}: {message}")
    for problem in own.problems:
        yield f"  {problem} (see {own.log})"
    yield (
        f"own gate: {len(own.gates)} gates, {len(cases)} cases, {len(failed)} failed; {own.seconds:.0f} s: "
        f"{'passed' if own.passed else 'NOT PASSED'}"
    )


def _suite(judged: Judged) -> Iterator[str]:
    differences = judged.verdict.differences
    for one in differences[:_MOST]:
        yield _short(f"{one.kind}: {one.test}: {one.reason}")
    if len(differences) > _MOST:
        yield f"  and {len(differences) - _MOST} more"
    counts = ", ".join(f"{count} {name}" for name, count in totals(judged.run.outcomes).items())
    yield (
        f"Glance's {judged.run.suite.name} tests: {counts}; {len(differences)} differences, "
        f"{len(judged.verdict.exempt)} exceptions; {judged.run.seconds:.0f} s: "
        f"{'passed' if judged.verdict.passed else 'NOT PASSED'}"
    )


def _short(text: str) -> str:
    return "  " + " ".join(text.split())[:_WIDTH]
