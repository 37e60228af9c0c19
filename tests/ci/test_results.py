"""A job's result: in JSON, in JUnit's form, in a few lines - green, and red in each of its parts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from ci import junit, result, summary
from ci.comparison import Difference, Verdict
from ci.inputs import Inputs
from ci.job import Job, Judged
from ci.outcome import FAILED, PASSED, SKIPPED, Outcome
from ci.own_gate import OwnGate
from ci.stestr import Run
from ci.suites import FUNCTIONAL

OWN_XML = (
    '<testsuites><testsuite name="pytest" tests="1"><testcase classname="T" name="test_x"/></testsuite></testsuites>'
)
OUTCOMES = (
    Outcome("g.C.test_ok", PASSED, 1.5),
    Outcome("g.C.test_no", FAILED, 0.25, "ValueError: no", "Traceback\x00\nValueError: no"),
    Outcome("g.C.test_database", SKIPPED, 0.0, "no such backend"),
    Outcome("g.C.test_folder(a.b)", FAILED, 0.1, "KeyError: 'data_dir'", "Traceback"),
)
RED = Difference("g.C.test_no", FAILED, "ValueError: no", "Traceback\x00\nValueError: no")
GONE = Difference("g.C.test_gone", "missing", "it was not run")
EXEMPT = Difference("g.C.test_folder(a.b)", FAILED, "it asks for a folder", "Traceback")


def gate(outcome: str) -> dict[str, Any]:
    case = {"case": "test_case", "outcome": outcome, "seconds": 1.0, "message": "E\nAssertionError: short"}
    return {"class": "T", "driver": "file", "server": "ext4", "passed": outcome == "passed", "cases": [case]}


@pytest.fixture
def green(tmp_path: Path) -> Job:
    own_junit = tmp_path / "own.xml"
    own_junit.write_text(OWN_XML)
    run = Run(FUNCTIONAL, (OUTCOMES[0], *OUTCOMES[2:]), 12.34, {"file": 3}, tmp_path / "log")
    return Job(
        "file",
        "ours",
        whole=True,
        date="2026-01-02T03:04:05+00:00",
        commit="abc",
        versions={"orlop": "1", "glance-store": "6", "glance": "33", "python": "3.11", "servers": ["ext4"]},
        packages={"glance": "33"},
        baseline={"driver": "file"},
        own=OwnGate((gate("passed"),), own_junit, (), 5.0, tmp_path / "own.log"),
        suites=(Judged(run, Verdict((), (EXEMPT,))),),
        seconds=20.0,
        inputs=Inputs(("c.py", "a/b.py", "a/d.py"), "d"),
    )


@pytest.fixture
def red(green: Job) -> Job:
    (judged,) = green.suites
    run = replace(judged.run, outcomes=OUTCOMES)
    return replace(green, suites=(Judged(run, Verdict((RED, GONE), (EXEMPT,))),))


def with_own(job: Job, **changed: Any) -> Job:
    assert job.own is not None
    return replace(job, own=replace(job.own, **changed))


def test_each_part_can_make_it_red(green: Job, red: Job) -> None:
    assert green.passed
    assert not red.passed
    assert not with_own(green, gates=(gate("failed"),)).passed
    assert not with_own(green, problems=("no gate of the driver file has been run",)).passed
    assert replace(green, own=None).passed
    assert replace(green, suites=()).passed


def test_a_job_of_nothing_is_red(green: Job) -> None:
    assert not replace(green, own=None, suites=()).passed


def test_the_json(red: Job, tmp_path: Path) -> None:
    result.write(red, tmp_path / "result.json")
    found = json.loads((tmp_path / "result.json").read_text())
    (suite,) = found.pop("glance")
    assert found == {
        "schema": 1,
        "driver": "file",
        "passed": False,
        "whole": True,
        "library": "ours",
        "date": "2026-01-02T03:04:05+00:00",
        "commit": "abc",
        "seconds": 20.0,
        "versions": {"orlop": "1", "glance-store": "6", "glance": "33", "python": "3.11", "servers": ["ext4"]},
        "own_gate": {"passed": True, "seconds": 5.0, "problems": [], "gates": [gate("passed")]},
        "baseline": {"driver": "file"},
        "packages": {"glance": "33"},
        "inputs": {"digest": "d", "files": {"": ["c.py"], "a": ["b.py", "d.py"]}},
    }
    tests = suite.pop("tests")
    assert suite == {
        "suite": "functional",
        "chosen": "all",
        "passed": False,
        "seconds": 12.3,
        "totals": {"passed": 1, "failed": 2, "skipped": 1},
        "stores_made": {"file": 3},
        "differences": [
            {"test": "g.C.test_no", "kind": "failed", "reason": "ValueError: no", "trace": RED.trace},
            {"test": "g.C.test_gone", "kind": "missing", "reason": "it was not run"},
        ],
        "exceptions": [
            {"test": "g.C.test_folder(a.b)", "kind": "failed", "reason": "it asks for a folder", "trace": "Traceback"}
        ],
    }
    assert tests[0] == {"test": "g.C.test_database", "outcome": "skipped", "seconds": 0.0, "reason": "no such backend"}
    assert tests[3] == {"test": "g.C.test_ok", "outcome": "passed", "seconds": 1.5}


def cases(job: Job, path: Path) -> dict[str, ET.Element]:
    junit.write(job, path)
    return {f"{case.get('classname')} {case.get('name')}": case for case in ET.parse(path).getroot().iter("testcase")}


def test_the_junit(red: Job, tmp_path: Path) -> None:
    found = cases(red, tmp_path / "junit.xml")
    told = {name: [(part.tag, part.get("message")) for part in case] for name, case in found.items()}
    assert told == {
        "T test_x": [],
        "g.C test_database": [("skipped", "no such backend")],
        "g.C test_folder(a.b)": [("skipped", "failed, an exception: it asks for a folder")],
        "g.C test_gone": [("failure", "missing: it was not run")],
        "g.C test_no": [("failure", "failed: ValueError: no")],
        "g.C test_ok": [],
    }
    assert found["g.C test_no"][0].text == "Traceback?\nValueError: no"
    suites = {suite.get("name"): suite for suite in ET.parse(tmp_path / "junit.xml").getroot()}
    counted = suites["glance functional"]
    assert [counted.get(name) for name in ("tests", "failures", "skipped", "time")] == ["5", "2", "2", "12.340"]


def test_the_junit_of_a_gate_that_did_not_run(green: Job, tmp_path: Path) -> None:
    job = with_own(green, gates=(), problems=("pytest ended with 4",), junit=tmp_path / "none.xml")
    assert cases(job, tmp_path / "junit.xml")["own gate the run"][0].get("message") == "pytest ended with 4"


def test_the_lines_of_green(green: Job) -> None:
    assert list(summary.lines(green)) == [
        "own gate: 1 gates, 1 cases, 0 failed; 5 s: passed",
        "Glance's functional tests: 1 passed, 1 failed, 1 skipped; 0 differences, 1 exceptions; 12 s: passed",
        "orlop 1, glance-store 6, glance 33, Python 3.11; 20 s",
        "gate file: PASSED",
    ]


def test_the_lines_of_red_name_what_failed_and_why(red: Job) -> None:
    lines = list(summary.lines(with_own(red, gates=(gate("failed"),), problems=("it hung",))))
    assert "  failed: T test_case: AssertionError: short" in lines
    assert any(line.startswith("  it hung (see ") for line in lines)
    assert "  failed: g.C.test_no: ValueError: no" in lines
    assert "  missing: g.C.test_gone: it was not run" in lines
    assert lines[-1] == "gate file: NOT PASSED"


def test_the_lines_of_many_differences_end(red: Job) -> None:
    (judged,) = red.suites
    many = Verdict(tuple(replace(GONE, test=f"t{number}") for number in range(300)), ())
    lines = list(summary.lines(replace(red, suites=(replace(judged, verdict=many),))))
    assert len(lines) < 50
    assert "  and 260 more" in lines


def test_a_job_without_glance_names_no_glance(green: Job) -> None:
    versions: dict[str, str | list[str]] = {"orlop": "1", "python": "3.11", "servers": []}
    assert list(summary.lines(replace(green, suites=(), versions=versions)))[1:] == [
        "orlop 1, Python 3.11; 20 s",
        "gate file: PASSED",
    ]


def test_a_part_of_a_job_says_so(green: Job) -> None:
    assert list(summary.lines(replace(green, whole=False)))[-1] == "gate file: PASSED (not the whole job)"
