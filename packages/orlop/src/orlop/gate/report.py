"""The report: what was tried, with what, when, and how each case ended; and its JSON."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, entry_points, packages_distributions, version
from pathlib import Path
from typing import Any

from orlop.gate.ledger import Case, GateLedger, Ledger
from orlop.registry import GROUP

SCHEMA = 1
"""Raised by one whenever a field changes its meaning or goes away."""


def report_of(ledger: Ledger) -> dict[str, Any]:
    """The report of a whole run."""
    return {
        "schema": SCHEMA,
        "kit": {"name": "orlop", "version": _version("orlop")},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "gates": [_gate(gate) for gate in ledger.gates],
    }


def write_json(report: Mapping[str, Any], path: str) -> None:
    """Write a report to `path`."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _gate(gate: GateLedger) -> dict[str, Any]:
    subject = gate.subject
    places = {function: place for place, function in enumerate(gate.expected)}
    return {
        "class": gate.name,
        "store": subject.get("store"),
        "driver": subject.get("driver"),
        "driver_type": subject.get("driver_type"),
        "distribution": _distribution(subject.get("driver_type", "")),
        "server": subject.get("server"),
        "witness": {"type": subject.get("witness"), "independent": subject.get("independent")},
        "capabilities": {
            "claimed": subject.get("claimed", []),
            "lost": subject.get("lost", []),
            "proved": gate.proved,
        },
        "passed": gate.passed,
        "missing": gate.missing,
        "seconds": round(sum(case.seconds for case in gate.cases.values()), 3),
        "groups": gate.groups,
        "cases": [_case(case) for case in sorted(gate.cases.values(), key=lambda case: places.get(case.function, 0))],
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "case": case.name,
        "group": case.group,
        "outcome": case.outcome,
        "seconds": round(case.seconds, 3),
        "minimum": case.minimum,
        "capabilities": case.capabilities,
        "notes": case.notes,
        "deviation": case.deviation,
        "message": case.message,
    }


def _distribution(driver_type: str) -> dict[str, str | None] | None:
    """The package that the driver is from; None when it is from no installed one."""
    for point in entry_points(group=GROUP):
        if point.value == driver_type and point.dist is not None:  # of an editable one, only this tells
            return {"name": point.dist.name, "version": point.dist.version}
    package = driver_type.partition(":")[0].partition(".")[0]
    if not package:
        return None
    names = ["orlop"] if package == "orlop" else packages_distributions().get(package, [])
    return {"name": names[0], "version": _version(names[0])} if names else None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
