"""What is read from a stream of stestr's."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci.outcome import FAILED, PASSED, SKIPPED, Outcome, totals
from ci.subunit_stream import read
from tests.ci.streams import Stream


@pytest.fixture
def stream(tmp_path: Path) -> Stream:
    return Stream(tmp_path / "run.subunit")


def test_one_that_passes(stream: Stream) -> None:
    stream.begun("a.B.test_c")
    stream.ended("a.B.test_c", "success", 2.25)
    assert read(stream.close()) == [Outcome("a.B.test_c", PASSED, 2.25)]


def test_one_that_fails_has_its_trace_and_the_last_line_as_the_reason(stream: Stream) -> None:
    stream.begun("t")
    stream.text("t", "pythonlogging:''", "a log with a password")
    stream.text("t", "traceback", "Traceback\n  File x\nValueError: no\n")
    stream.ended("t", "fail")
    (outcome,) = read(stream.close())
    assert (outcome.outcome, outcome.reason) == (FAILED, "ValueError: no")
    assert outcome.trace == "Traceback\n  File x\nValueError: no"


def test_one_that_is_skipped_has_its_reason(stream: Stream) -> None:
    stream.text("t", "reason", "no such backend")
    stream.ended("t", "skip")
    assert read(stream.close()) == [Outcome("t", SKIPPED, 0.0, "no such backend")]


def test_one_that_never_ends_fails(stream: Stream) -> None:
    stream.begun("t")
    (outcome,) = read(stream.close())
    assert (outcome.outcome, outcome.reason) == (FAILED, "ended as: inprogress")


@pytest.mark.parametrize(("status", "meaning"), [("xfail", PASSED), ("uxsuccess", FAILED)])
def test_expected_failures(stream: Stream, status: str, meaning: str) -> None:
    stream.ended("t", status)
    assert [one.outcome for one in read(stream.close())] == [meaning]


@pytest.mark.parametrize("ends", [("fail", "success"), ("success", "fail")])
def test_one_that_ends_twice_ends_by_its_worse_end(stream: Stream, ends: tuple[str, str]) -> None:
    for end in ends:
        stream.begun("t")
        stream.ended("t", end)
    assert [one.outcome for one in read(stream.close())] == [FAILED]


def test_what_belongs_to_no_test_is_left_out(stream: Stream) -> None:
    stream.event(test_id="listed", test_status="exists")
    stream.printed("a worker prints this\n")
    stream.ended("t", "success")
    assert [one.test for one in read(stream.close())] == ["t"]


def test_an_empty_stream_has_no_tests(stream: Stream) -> None:
    assert read(stream.close()) == []


def test_totals() -> None:
    outcomes = [Outcome("a", PASSED), Outcome("b", PASSED), Outcome("c", FAILED)]
    assert totals(outcomes) == {"passed": 2, "failed": 1, "skipped": 0}
