"""The job's result in JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ci.comparison import Difference
from ci.inputs import Inputs
from ci.job import Job, Judged
from ci.outcome import Outcome, totals
from ci.own_gate import OwnGate

SCHEMA = 1
"""Raised by one whenever a field changes its meaning or goes away."""


def write(job: Job, path: Path) -> None:
    """Write it."""
    path.write_text(json.dumps(to_dict(job), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def to_dict(job: Job) -> dict[str, Any]:
    """Everything that was found out, in types of JSON."""
    return {
        "schema": SCHEMA,
        "driver": job.driver,
        "passed": job.passed,
        "whole": job.whole,
        "library": job.library,
        "date": job.date,
        "commit": job.commit,
        "seconds": round(job.seconds, 1),
        "versions": job.versions,
        "own_gate": None if job.own is None else _own(job.own),
        "glance": [_suite(one) for one in job.suites],
        "baseline": job.baseline,
        "packages": job.packages,
        "inputs": None if job.inputs is None else _inputs(job.inputs),
    }


def _inputs(inputs: Inputs) -> dict[str, Any]:
    """The files by their folders, so that the list stays short."""
    folders: dict[str, list[str]] = {}
    for file in inputs.files:
        folder, _, name = file.rpartition("/")
        folders.setdefault(folder, []).append(name)
    return {"digest": inputs.digest, "files": folders}


def _own(own: OwnGate) -> dict[str, Any]:
    return {
        "passed": own.passed,
        "seconds": round(own.seconds, 1),
        "problems": list(own.problems),
        "gates": list(own.gates),
    }


def _suite(judged: Judged) -> dict[str, Any]:
    ran = judged.run
    return {
        "suite": ran.suite.name,
        "chosen": ran.suite.chosen or "all",
        "passed": judged.verdict.passed,
        "seconds": round(ran.seconds, 1),
        "totals": totals(ran.outcomes),
        "stores_made": dict(ran.stores),
        "differences": [_difference(one) for one in judged.verdict.differences],
        "exceptions": [_difference(one) for one in judged.verdict.exempt],
        "tests": [_test(one) for one in sorted(ran.outcomes, key=lambda one: one.test)],
    }


def _difference(difference: Difference) -> dict[str, str]:
    return {name: value for name, value in asdict(difference).items() if value}


def _test(outcome: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = {"test": outcome.test, "outcome": outcome.outcome, "seconds": round(outcome.seconds, 3)}
    if outcome.reason:
        found["reason"] = outcome.reason
    return found
