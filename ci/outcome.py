"""How one test of Glance's ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

PASSED, FAILED, SKIPPED, MISSING = "passed", "failed", "skipped", "missing"


@dataclass(frozen=True)
class Outcome:
    """One test: its id, how it ended, how long it took, why it failed or was skipped, and a failure's whole trace."""

    test: str
    outcome: str
    seconds: float = 0.0
    reason: str = ""
    trace: str = ""


def totals(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """How many ended how."""
    counted = Counter(one.outcome for one in outcomes)
    return {name: counted[name] for name in (PASSED, FAILED, SKIPPED)}
