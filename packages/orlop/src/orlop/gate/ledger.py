"""What has been found out: one entry per case, gathered by gate class."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orlop.capabilities import names
from orlop.gate.claim import claim_of
from orlop.gate.deviation import Deviation
from orlop.gate.trial import Trial

PASSED, REFUSED, NOT_SHOWN, DEVIATES, FAILED = "passed", "refused", "not shown", "deviates", "failed"
"""Proved; not declared and refused as it should be; could not be brought about; fails as a deviation says; fails."""
OUTCOMES = (PASSED, REFUSED, NOT_SHOWN, DEVIATES, FAILED)
"""From the best to the worst."""


def case_entry(
    item: Any, report: Any, trial: Trial | None, *, ended: str, deviation: Deviation | None
) -> dict[str, Any]:
    """One phase of one case, in types that travel between processes; `ended`: its outcome if it has not failed."""
    claim = claim_of(item.function)
    return {
        "gate": item.parent.nodeid,
        "class": f"{item.cls.__module__}:{item.cls.__qualname__}",
        "expected": item.cls.cases(),
        "case": item.name,
        "function": item.originalname,
        "group": _group(item.function),
        "outcome": _outcome(report, ended),
        "seconds": report.duration,
        "minimum": claim.minimum,
        "capabilities": names(claim.capability),
        "notes": list(trial.notes) if trial is not None else [],
        "deviation": deviation and {"reason": deviation.reason, "expires": deviation.expires.isoformat()},
        "message": _message(report) if trial is None else trial.confidence.hidden(_message(report)),
        "subject": subject(trial) if trial is not None and report.when == "call" else None,
    }


def subject(trial: Trial) -> dict[str, Any]:
    """What was tried: driver, witness, server, capabilities."""
    kind, witness = type(trial.driver), type(trial.witness)
    return {
        "store": trial.name,
        "driver": trial.driver.settings.driver,
        "driver_type": f"{kind.__module__}:{kind.__qualname__}",
        "server": trial.witness.server_version(),
        "witness": f"{witness.__module__}:{witness.__qualname__}",
        "independent": trial.witness.independent,
        "claimed": names(trial.driver.capabilities),
        "lost": names(trial.store.lost),
    }


@dataclass
class Case:
    """One case and how it ended."""

    name: str
    function: str
    group: str
    minimum: bool
    capabilities: list[str]
    outcome: str = PASSED
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    deviation: Mapping[str, str] | None = None
    message: str = ""


@dataclass
class GateLedger:
    """One gate class: what was tried and how each case ended."""

    name: str
    expected: list[str]
    cases: dict[str, Case] = field(default_factory=dict)
    subject: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    """By the name of a group of cases: what they are about."""

    @property
    def missing(self) -> list[str]:
        """Cases that have not run."""
        run = {case.function for case in self.cases.values()}
        return [name for name in self.expected if name not in run]

    @property
    def passed(self) -> bool:
        """Every case has run, and none has failed."""
        return not self.missing and not any(case.outcome == FAILED for case in self.cases.values())

    @property
    def proved(self) -> list[str]:
        """The capabilities that are declared and all of whose cases have passed."""
        return [
            name for name in self.subject.get("claimed", []) if name not in self.subject["lost"] and self._proves(name)
        ]

    def count(self, outcome: str) -> int:
        """How many cases ended so."""
        return sum(case.outcome == outcome for case in self.cases.values())

    def _proves(self, capability: str) -> bool:
        outcomes = {case.outcome for case in self.cases.values() if capability in case.capabilities}
        return PASSED in outcomes and outcomes <= {PASSED, REFUSED, NOT_SHOWN}


class Ledger:
    """All gate classes of a run."""

    def __init__(self) -> None:
        self._gates: dict[str, GateLedger] = {}

    @property
    def gates(self) -> list[GateLedger]:
        """One per class, in the order in which they ran."""
        return list(self._gates.values())

    def add(self, entry: Mapping[str, Any]) -> None:
        """Take down one phase of one case; the worst one counts."""
        gate = self._gates.setdefault(entry["gate"], GateLedger(entry["class"], entry["expected"]))
        gate.subject = entry["subject"] or gate.subject
        group, about = entry["group"]
        gate.groups.setdefault(group, about)
        fresh = Case(entry["case"], entry["function"], group, entry["minimum"], entry["capabilities"])
        case = gate.cases.setdefault(entry["case"], fresh)
        case.seconds += entry["seconds"]
        case.notes = entry["notes"] or case.notes
        case.deviation = entry["deviation"]
        case.message = case.message or entry["message"]
        case.outcome = max(case.outcome, entry["outcome"], key=OUTCOMES.index)


def _group(function: Any) -> tuple[str, str]:
    """The group of cases that this one is in, and what they are about: the class and its docstring."""
    name = function.__qualname__.partition(".")[0]
    return name, inspect.getdoc(getattr(sys.modules[function.__module__], name)) or ""


def _outcome(report: Any, ended: str) -> str:
    if report.failed:
        return FAILED
    if report.skipped:
        return DEVIATES
    return ended if report.when == "call" else PASSED


def _message(report: Any) -> str:
    if report.passed:
        return ""
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash is not None else report.longrepr).strip()
