"""The rule: what is a difference, what an exception allows, and when an exception is one too many."""

from __future__ import annotations

import pytest

from ci.baseline import Expected
from ci.comparison import UNKNOWN, UNNEEDED, Verdict, compare
from ci.exceptions import Exempt
from ci.outcome import FAILED, MISSING, PASSED, SKIPPED, Outcome

EXPECTED = Expected(frozenset({"one", "two"}), {"other": "another database"})
ALL_WELL = [Outcome("one", PASSED), Outcome("two", PASSED), Outcome("other", SKIPPED, reason="another database")]


def verdict(*changed: Outcome, without: str = "", exceptions: tuple[Exempt, ...] = ()) -> Verdict:
    found = {one.test: one for one in [*ALL_WELL, *changed] if one.test != without}
    return compare(EXPECTED, found.values(), exceptions)


def exempt(test: str, outcome: str) -> Exempt:
    return Exempt(test, "functional", ("swift",), outcome, "it asks for a folder")


def kinds(found: Verdict) -> list[tuple[str, str]]:
    return [(one.test, one.kind) for one in found.differences]


def test_the_same_is_green() -> None:
    assert verdict() == Verdict((), ())
    assert verdict().passed


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (Outcome("two", FAILED, reason="ValueError: no", trace="…"), "ValueError: no"),
        (Outcome("two", SKIPPED, reason="not here"), "not here"),
        (Outcome("other", FAILED, reason="ran, and failed"), "ran, and failed"),
        (Outcome("new", FAILED, reason="ImportError: x"), "ImportError: x"),
    ],
)
def test_a_failure_and_a_new_skip_are_red(changed: Outcome, reason: str) -> None:
    found = verdict(changed)
    assert not found.passed
    assert [(one.test, one.kind, one.reason, one.trace) for one in found.differences] == [
        (changed.test, changed.outcome, reason, changed.trace)
    ]


@pytest.mark.parametrize("gone", ["two", "other"])
def test_a_missing_test_is_red(gone: str) -> None:
    assert kinds(verdict(without=gone)) == [(gone, MISSING)]


def test_a_run_of_nothing_is_red() -> None:
    assert kinds(compare(EXPECTED, [], [])) == [(test, MISSING) for test in ("one", "other", "two")]


def test_a_test_that_upstream_skips_may_pass() -> None:
    assert verdict(Outcome("other", PASSED)).passed


def test_a_test_that_the_baseline_lacks_is_red() -> None:
    assert kinds(verdict(Outcome("new", PASSED))) == [("new", UNKNOWN)]


@pytest.mark.parametrize("outcome", [FAILED, SKIPPED, MISSING])
def test_an_exception_allows_what_it_says(outcome: str) -> None:
    changed = [] if outcome == MISSING else [Outcome("two", outcome, reason="the test's own words")]
    found = verdict(*changed, without="two" if outcome == MISSING else "", exceptions=(exempt("two", outcome),))
    assert found.passed
    assert [(one.test, one.kind, one.reason) for one in found.exempt] == [("two", outcome, "it asks for a folder")]


def test_an_exception_allows_nothing_else() -> None:
    found = verdict(Outcome("two", FAILED, reason="no"), exceptions=(exempt("two", SKIPPED),))
    assert kinds(found) == [("two", FAILED), ("two", UNNEEDED)]
    assert found.differences[1].reason == "ci/exceptions.toml says that the test ends as skipped; it ended as failed"
    other = verdict(Outcome("one", FAILED, reason="no"), Outcome("two", FAILED), exceptions=(exempt("two", FAILED),))
    assert kinds(other) == [("one", FAILED)]


def test_an_exception_that_is_not_needed_is_red() -> None:
    found = verdict(exceptions=(exempt("two", FAILED),))
    assert kinds(found) == [("two", UNNEEDED)]
    assert found.differences[0].reason.endswith("the test passes")


def test_an_exception_for_no_test_is_red() -> None:
    found = verdict(exceptions=(exempt("three", FAILED),))
    assert kinds(found) == [("three", UNNEEDED)]
    assert found.differences[0].reason.endswith("there is no such test")
