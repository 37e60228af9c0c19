"""The results of gates, read from what their writers write."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from orlop.gate.ledger import Case, GateLedger, Ledger
from orlop.gate.report import report_of, write_json
from orlop.lifecycle.evidence import read_results, results_in

from ci import result
from ci.comparison import Verdict
from ci.job import Job, Judged
from ci.own_gate import OwnGate
from ci.stestr import Run
from ci.suites import READING

CLAIMED = ["READ_ACCESS", "WRITE_ACCESS", "SPARSE"]


class Filled(Ledger):
    """A ledger of gates that nobody has run."""

    def __init__(self, *gates: GateLedger) -> None:
        super().__init__()
        self._gates = {str(number): gate for number, gate in enumerate(gates)}


def gate(
    driver: str = "s3", outcome: str = "passed", *, expected: tuple[str, ...] = (), lost: tuple[str, ...] = ()
) -> GateLedger:
    """One gate with a case for each capability; that of WRITE_ACCESS ends as told."""
    cases = {
        name: Case(
            name,
            name,
            "Group",
            minimum=False,
            capabilities=[name],
            outcome=outcome if name == "WRITE_ACCESS" else "passed",
        )
        for name in CLAIMED
    }
    subject = {
        "driver": driver, "driver_type": "orlop.x:X", "server": "ceph 20", "claimed": CLAIMED, "lost": list(lost)
    }  # fmt: skip
    return GateLedger("T", list(expected), cases, subject)


def report(folder: Path, *gates: GateLedger) -> dict[str, Any]:
    write_json(report_of(Filled(*gates)), str(folder / "gate.json"))
    document: dict[str, Any] = json.loads((folder / "gate.json").read_text())
    return document


def test_a_report_of_the_gate(tmp_path: Path) -> None:
    report(tmp_path, gate(), gate("rbd", "failed"))
    rbd, s3 = read_results([tmp_path / "gate.json"])
    assert (s3.driver, s3.green, s3.servers, s3.date) == ("s3", True, ("ceph 20",), dt.datetime.now(dt.UTC).date())
    assert [s3.says(name) for name in [*CLAIMED, "DRIVER_REUSABLE"]] == [True, True, True, False]
    assert (rbd.driver, rbd.green, rbd.complete, rbd.says("WRITE_ACCESS")) == ("rbd", False, True, False)
    assert read_results([tmp_path, tmp_path / "gate.json"]) == (rbd, s3)


def test_a_run_that_was_not_complete_proves_nothing(tmp_path: Path) -> None:
    (found,) = results_in(report(tmp_path, gate(expected=("test_more",)))) or ()
    assert (found.complete, found.green, found.says("READ_ACCESS")) == (False, False, None)


def test_what_one_server_proves_another_must_not_deny(tmp_path: Path) -> None:
    (found,) = results_in(report(tmp_path, gate(), gate(outcome="failed"))) or ()
    assert (found.green, found.says("READ_ACCESS"), found.says("WRITE_ACCESS")) == (False, True, False)
    (found,) = results_in(report(tmp_path, gate(), gate(lost=("SPARSE",)))) or ()
    assert found.says("SPARSE")
    (found,) = results_in(report(tmp_path, gate(lost=("SPARSE",)))) or ()
    assert (found.green, found.says("SPARSE")) == (True, None)


def job(folder: Path, *gates: GateLedger) -> Job:
    own = tuple(report(folder, *gates)["gates"])
    return Job(
        "http",
        "ours",
        whole=True,
        date="2026-01-02T23:30:00-05:00",
        commit="abc",
        versions={"servers": ["nginx"]},
        packages={},
        baseline={},
        own=OwnGate(own, folder / "x", (), 1.0, folder / "x"),
        suites=(Judged(Run(READING, (), 1.0, {}, folder / "x"), Verdict((), ())),),
        seconds=1.0,
    )


def test_the_result_of_a_job(tmp_path: Path) -> None:
    whole = job(tmp_path, gate("http"), gate("file", "failed"))
    whole = replace(whole, own=whole.own and replace(whole.own, gates=whole.own.gates[:1]))
    (found,) = results_in(result.to_dict(whole)) or ()
    assert (found.driver, found.date, found.commit, found.servers) == ("http", dt.date(2026, 1, 3), "abc", ("nginx",))
    assert found.suites == {"orlop-gate", "glance-functional"}
    assert found.green
    assert found.says("WRITE_ACCESS")


def test_a_part_of_a_job_is_no_green_job(tmp_path: Path) -> None:
    whole = job(tmp_path, gate("http"))
    for part in (replace(whole, whole=False), replace(whole, own=None)):
        (found,) = results_in(result.to_dict(part)) or ()
        assert not found.green
        assert found.says("WRITE_ACCESS") is None
