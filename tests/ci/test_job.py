"""What goes into a job, and what it says when it cannot be run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ci import __main__ as command
from ci import job, own_gate, tree
from ci.drivers import DRIVERS, STAND_INS, Backend, JobDriver
from ci.environments import ROOT
from ci.inputs import Inputs
from ci.outcome import PASSED, Outcome
from ci.stestr import Run
from ci.suites import FUNCTIONAL, READING, UNIT
from servers.missing import Missing

SWIFT = JobDriver("swift", made="swift", entry="swift", scheme="swift+http")


def ran(tmp_path: Path, **stores: int) -> Run:
    return Run(FUNCTIONAL, (Outcome("t", PASSED),), 1.0, stores, tmp_path / "log")


def test_a_run_that_made_no_store_of_the_driver_is_red(tmp_path: Path) -> None:
    (found,) = job.of_the_run(ran(tmp_path, file=9), SWIFT)
    assert found.reason == "no store of the driver swift was made; made were: 9 file"
    assert job.of_the_run(ran(tmp_path, file=9, swift=1), SWIFT) == []
    assert job.of_the_run(ran(tmp_path), SWIFT, narrowed=True) == []


def test_a_suite_that_is_not_swapped_needs_no_such_store(tmp_path: Path) -> None:
    assert job.of_the_run(replace(ran(tmp_path), suite=UNIT), SWIFT) == []


def test_a_run_without_tests_is_red(tmp_path: Path) -> None:
    (found,) = job.of_the_run(replace(ran(tmp_path, swift=1), outcomes=()), SWIFT)
    assert found.reason == f"no test was run; see {tmp_path}/log"


def test_the_order_of_a_driver_that_is_swapped() -> None:
    order = job.order(SWIFT, Backend("2.38", {"swift_store_user": "glance"}))
    assert (order.driver, order.scheme, order.options) == ("swift", "swift+http", {"swift_store_user": "glance"})
    assert order.stand_ins == STAND_INS


@pytest.mark.parametrize("name", ["file", "http"])
def test_nothing_takes_the_place_of_files_there(name: str) -> None:
    order = job.order(DRIVERS[name], Backend())
    assert (order.driver, order.stand_ins) == (None, ())


def test_http_has_only_what_reads() -> None:
    assert DRIVERS["http"].suites == (READING,)
    assert DRIVERS["file"].suites == (FUNCTIONAL, UNIT)


def test_memory_needs_no_glance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = own_gate.OwnGate(
        ({"driver": "memory", "server": None, "passed": True},), tmp_path / "x", (), 1.0, tmp_path / "y"
    )
    monkeypatch.setattr(own_gate, "run", lambda *_: own)
    monkeypatch.setattr(job, "source", lambda: pytest.fail("Glance was fetched"))
    done = job.run(DRIVERS["memory"], tmp_path, lambda _: None, library="ours", parts=[], only="")
    assert (done.passed, done.whole, done.suites) == (True, True, ())
    assert done.inputs is not None
    assert done.versions.keys() == {"orlop", "python", "servers"}


def test_inputs_that_change_meanwhile_are_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = iter([Inputs(("a",), "before"), Inputs(("a",), "after")])
    monkeypatch.setattr(job, "inputs_of", lambda _: next(found))
    monkeypatch.setattr(own_gate, "run", lambda *_: None)
    done = job.run(DRIVERS["memory"], tmp_path, lambda _: None, library="ours", parts=[], only="")
    assert done.inputs is None
    assert done.commit.endswith("+")


def test_where_there_is_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise tree.NoHistory("no git")

    monkeypatch.setattr(job, "inputs_of", none)
    monkeypatch.setattr(tree, "head", none)
    monkeypatch.setattr(own_gate, "run", lambda *_: None)
    done = job.run(DRIVERS["memory"], tmp_path, lambda _: None, library="ours", parts=[], only="")
    assert (done.inputs, done.commit) == (None, "unknown")


@pytest.mark.parametrize("name", list(DRIVERS))
def test_each_driver_has_a_gate_of_its_own(name: str) -> None:
    assert own_gate.modules(name)


def test_a_driver_without_a_gate_is_red(tmp_path: Path) -> None:
    own = own_gate.run("no-such-driver", tmp_path)
    assert not own.passed
    assert own.problems == ("no gate of the driver no-such-driver has been run",)


def test_pytest_failing_beside_the_cases_is_red() -> None:
    passed = {"driver": "file", "passed": True, "cases": []}
    assert own_gate.problems("file", (passed,), 0) == []
    assert own_gate.problems("file", (passed,), 3) == ["pytest ended with 3, though no case failed"]
    failed = passed | {"passed": False}
    assert own_gate.problems("file", (failed,), 1) == []


def test_what_is_missing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: Any, **named: Any) -> None:
        raise Missing("there is no network")

    monkeypatch.setattr(job, "run", run)
    assert command.main(["gate", "--driver", "file", "--output", str(tmp_path)]) == command.CANNOT
    assert capsys.readouterr().err == "python -m ci: there is no network\n"


def test_a_driver_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["gate", "--driver", "floppy"])
    assert ended.value.code == command.CANNOT
    assert "floppy" in capsys.readouterr().err


def test_the_gates_are_named_for_who_leaves_them_to_the_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["gates"]) == command.GREEN
    named = capsys.readouterr().out.split()
    assert "tests/gate/test_gate_file.py" in named
    assert "tests/drivers/http/test_gate_http.py" in named
    assert all((ROOT / name).is_file() for name in named)
