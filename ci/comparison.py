"""The rule: what passes with upstream on the file driver passes with ours on every driver; no test is skipped anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ci.baseline import Expected
from ci.exceptions import Exempt
from ci.outcome import FAILED, MISSING, PASSED, SKIPPED, Outcome

UNKNOWN, UNNEEDED = "unknown", "unneeded"
"""A test that upstream's record does not have; an exception that is none any more."""


@dataclass(frozen=True)
class Difference:
    """A test that does not end as upstream's did, and what is said about it."""

    test: str
    kind: str
    reason: str
    trace: str = ""


@dataclass(frozen=True)
class Verdict:
    """The differences that are failures, and those that the exceptions allow."""

    differences: tuple[Difference, ...]
    exempt: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether there is no difference but the exceptions, and each of those is needed."""
        return not self.differences


def compare(expected: Expected, outcomes: Iterable[Outcome], exceptions: Iterable[Exempt]) -> Verdict:
    """Compare a run with upstream's; `exceptions` are those for this suite and driver."""
    found = {one.test: one for one in outcomes}
    allowed = {one.test: one for one in exceptions}
    bad, exempt = [], []
    for difference in _differences(expected, found):
        exception = allowed.get(difference.test)
        if exception is not None and exception.outcome == difference.kind:
            del allowed[difference.test]
            exempt.append(Difference(difference.test, difference.kind, exception.reason, difference.trace))
        else:
            bad.append(difference)
    bad += [Difference(test, UNNEEDED, _unneeded(one, expected, found)) for test, one in sorted(allowed.items())]
    return Verdict(tuple(bad), tuple(exempt))


def _differences(expected: Expected, found: dict[str, Outcome]) -> Iterable[Difference]:
    for test in sorted(expected.passed | expected.skipped.keys() | found.keys()):
        one = found.get(test)
        if one is None:
            yield Difference(test, MISSING, "it was not run")
        elif one.outcome == FAILED:
            yield Difference(test, FAILED, one.reason, one.trace)
        elif test not in expected.passed and test not in expected.skipped:
            yield Difference(test, UNKNOWN, "the baseline does not have it: record it again (python -m ci baseline)")
        elif one.outcome == SKIPPED and test in expected.passed:
            yield Difference(test, SKIPPED, one.reason)


def _unneeded(one: Exempt, expected: Expected, found: dict[str, Outcome]) -> str:
    if one.test not in expected.passed and one.test not in expected.skipped:
        return "take it out of ci/exceptions.toml: there is no such test"
    ended = found[one.test].outcome if one.test in found else MISSING
    if ended == PASSED:
        return "take it out of ci/exceptions.toml: the test passes"
    return f"ci/exceptions.toml says that the test ends as {one.outcome}; it ended as {ended}"
