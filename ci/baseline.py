"""What upstream's glance_store does in the same suites on its file driver: recorded once, and kept beside this file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ci.outcome import PASSED, SKIPPED, Outcome, totals
from ci.suites import Suite

FILE = Path(__file__).with_name("baseline.json")
SCHEMA = 1


@dataclass(frozen=True)
class Expected:
    """The tests of one suite that pass with upstream, and those that it skips, with the reasons."""

    passed: frozenset[str]
    skipped: Mapping[str, str]

    def within(self, suite: Suite) -> Self:
        """Only what belongs to `suite`."""
        return type(self)(
            frozenset(filter(suite.has, self.passed)),
            {test: reason for test, reason in self.skipped.items() if suite.has(test)},
        )


@dataclass(frozen=True)
class Baseline:
    """All suites of the record, by name, and with what, when and where they were run."""

    suites: Mapping[str, Expected]
    about: Mapping[str, Any]


def load(path: Path = FILE) -> Baseline:
    """The record."""
    return read(path.read_text(encoding="utf-8"))


def read(text: str) -> Baseline:
    """The record in a text."""
    record = json.loads(text)
    suites = {
        name: Expected(
            frozenset(f"{group}.{test}" for group, tests in suite["passed"].items() for test in tests),
            {f"{group}.{test}": reason for group, tests in suite["skipped"].items() for test, reason in tests.items()},
        )
        for name, suite in record["suites"].items()
    }
    return Baseline(suites, record["about"])


def text(about: Mapping[str, Any], runs: Mapping[str, tuple[Iterable[Outcome], float]]) -> str:
    """The record of these runs, as it is kept: by class, so that it stays short and a change of it can be read."""
    suites = {name: _suite(list(outcomes), seconds) for name, (outcomes, seconds) in runs.items()}
    return json.dumps({"schema": SCHEMA, "about": about, "suites": suites}, indent=1) + "\n"


def _suite(outcomes: list[Outcome], seconds: float) -> dict[str, Any]:
    passed: dict[str, list[str]] = {}
    skipped: dict[str, dict[str, str]] = {}
    for one in sorted(outcomes, key=lambda one: one.test):
        # The last dot before a scenario's brackets is the one between class and test.
        group, _, test = one.test.partition("(")[0].rpartition(".")
        test = one.test.removeprefix(f"{group}.")
        if one.outcome == PASSED:
            passed.setdefault(group, []).append(test)
        elif one.outcome == SKIPPED:
            skipped.setdefault(group, {})[test] = one.reason
    return {"seconds": round(seconds), "totals": totals(outcomes), "passed": passed, "skipped": skipped}
