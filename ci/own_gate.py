"""orlop's own gate for one driver: those in the folder of its tests, and that of its name among the gate's tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ci.environments import ROOT

_GRACE = 60
"""Seconds for the tests' servers to end."""


@dataclass(frozen=True)
class OwnGate:
    """How it ended: what is said of each gate, pytest's JUnit file, what went wrong beside the cases, and the log."""

    gates: tuple[dict[str, Any], ...]
    junit: Path
    problems: tuple[str, ...]
    seconds: float
    log: Path

    @property
    def passed(self) -> bool:
        """Whether every gate passed, and nothing else went wrong."""
        return not self.problems and all(gate["passed"] for gate in self.gates)

    @property
    def failed_cases(self) -> list[tuple[str, str]]:
        """The cases that failed, each with the last line of its message."""
        cases = [(gate["class"], case) for gate in self.gates for case in gate["cases"]]
        return [
            (f"{name} {case['case']}", (case["message"].strip().splitlines() or ["?"])[-1])
            for name, case in cases
            if case["outcome"] == "failed"
        ]


def modules(driver: str) -> list[Path]:
    """The files with the gates of a driver."""
    tests = ROOT / "tests"
    own = sorted((tests / "drivers" / driver).glob("test_*gate*.py"))
    return [*(tests / "gate").glob(f"test_gate_{driver}.py"), *own]


def run(driver: str, folder: Path) -> OwnGate:
    """Run it; the report, the JUnit file and the log go to `folder`."""
    report, junit, log = folder / "own-gate.json", folder / "own-gate.xml", folder / "own-gate.log"
    for old in (report, junit):
        old.unlink(missing_ok=True)
    found = modules(driver)
    reports = [f"--gate-json={report}", f"--gate-html={report.with_suffix('.html')}", f"--junitxml={junit}"]
    options = ["-q", "-p", "no:cacheprovider", *reports]
    command = [sys.executable, "-m", "pytest", *options, *map(str, found)]
    # What this machine lacks has not been proved, so a skip is a failure here.
    environment = os.environ | {"ORLOP_SKIPS_FAIL": "1"}
    begun = time.monotonic()
    with log.open("wb") as output:
        status = _ended(command, environment, output) if found else 0
    gates = tuple(json.loads(report.read_text(encoding="utf-8"))["gates"]) if report.exists() else ()
    return OwnGate(gates, junit, tuple(problems(driver, gates, status)), time.monotonic() - begun, log)


def problems(driver: str, gates: tuple[dict[str, Any], ...], status: int) -> list[str]:
    """What went wrong beside the cases."""
    found = []
    if not any(gate["driver"] == driver for gate in gates):
        found.append(f"no gate of the driver {driver} has been run")
    if status and all(gate["passed"] for gate in gates):
        found.append(f"pytest ended with {status}, though no case failed")
    return found


def _ended(command: list[str], environment: Mapping[str, str], output: BinaryIO) -> int:
    """How a command ended. When this process is told to end, so is that one, which then ends the servers it started."""
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
    ) as process:
        try:
            return process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)  # pytest then ends what its fixtures have begun
            try:
                process.wait(_GRACE)
            finally:
                process.kill()
            raise
