"""A run of a suite: what stestr is given, and what is made of what it gives. Here a script stands for stestr."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ci import stestr
from ci.outcome import PASSED
from ci.plugin.glance_run.order import VARIABLE, Order
from ci.suites import FUNCTIONAL, UNIT, Suite

PROGRAM = """#!{python}
import json, os, sys
import subunit
place = "seen.json"
json.dump({{"words": sys.argv[1:], "environment": dict(os.environ)}}, open(place, "w"))
order = json.loads(os.environ["GLANCE_RUN"])
with open(order["notes"], "a") as notes:
    for _ in range(2):
        print(json.dumps({{"process": 1, "drivers": ["file", order["driver"] or "file"]}}), file=notes)
open(os.path.join(os.environ["TMPDIR"], "left behind"), "w").close()
print("it ran", file=sys.stderr)
stream = subunit.StreamResultToBytes(sys.stdout.buffer)
stream.status(test_id="g.C.test_x", test_status="success")
"""
ORDER = Order(notes="", driver="swift", scheme="swift", options={"a": 1}, stand_ins=("t",))


class Place:
    def __init__(self, folder: Path) -> None:
        self.tree, self.venv, self.out = (folder / name for name in ("tree", "venv", "out"))
        for path in (self.tree, self.venv / "bin", self.out):
            path.mkdir(parents=True)
        self.python = self.venv / "bin" / "python"
        self.write(PROGRAM.format(python=sys.executable))

    def write(self, program: str) -> None:
        self.python.write_text(program)
        self.python.chmod(0o755)

    def run(self, suite: Suite) -> stestr.Run:
        return stestr.run(suite, tree=self.tree, venv=self.venv, order=ORDER, folder=self.out)

    @property
    def seen(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.tree / "seen.json").read_text())
        return found


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))  # the lock of real runs is not waited for
    return Place(tmp_path)


def test_the_outcomes_and_the_stores(place: Place) -> None:
    ran = place.run(FUNCTIONAL)
    assert [(one.test, one.outcome) for one in ran.outcomes] == [("g.C.test_x", PASSED)]
    assert ran.stores == {"file": 2, "swift": 2}
    assert ran.log.read_text() == "it ran\n"


def test_what_it_is_told(place: Place) -> None:
    place.run(UNIT)
    words = place.seen["words"]
    assert words[:4] == ["-m", "stestr", "--test-path", "./glance/tests/unit"]
    assert words[-1] == UNIT.chosen


def test_a_suite_that_is_swapped_is_ordered_so(place: Place) -> None:
    place.run(FUNCTIONAL)
    order = Order.from_text(place.seen["environment"][VARIABLE])
    assert (order.driver, order.options, order.stand_ins) == ("swift", {"a": 1}, ("t",))
    place.run(UNIT)
    order = Order.from_text(place.seen["environment"][VARIABLE])
    assert (order.driver, order.notes) == (None, str(place.out / "unit.notes"))


def test_its_environment_is_its_own(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OS_PASSWORD", "https_proxy", "PYTHONHASHSEED", "GLANCE_X"):
        monkeypatch.setenv(name, "x")
    place.run(FUNCTIONAL)
    environment = place.seen["environment"]
    assert environment["PYTHONPATH"] == str(stestr.PLUGIN)
    assert environment["PATH"].startswith(f"{place.venv / 'bin'}:")
    assert not {"OS_PASSWORD", "https_proxy", "PYTHONHASHSEED", "GLANCE_X"} & set(environment)


def test_what_tests_leave_behind_goes(place: Place, tmp_path: Path) -> None:
    place.run(FUNCTIONAL)
    assert not Path(place.seen["environment"]["TMPDIR"]).exists()
    assert {path.name for path in tmp_path.iterdir()} == {"tree", "venv", "out", "glance-tests-run.lock"}


def test_an_older_run_is_forgotten(place: Place) -> None:
    place.run(FUNCTIONAL)
    place.write("#!/bin/sh\nexit 3\n")
    ran = place.run(FUNCTIONAL)
    assert (ran.outcomes, ran.stores) == ((), {})


def test_one_that_hangs_is_ended(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write("#!/bin/sh\nsleep 1000 & echo $! > child\nwait\n")
    monkeypatch.setattr(stestr, "_SECONDS", 0.5)
    ran = place.run(FUNCTIONAL)
    assert ran.outcomes == ()
    assert ran.log.read_text() == "ended after 0.5 seconds\n"
    child = Path(f"/proc/{(place.tree / 'child').read_text().strip()}/status")
    while running(child):  # the test's own deadline ends this
        time.sleep(0.01)


def running(process: Path) -> bool:
    try:
        return "State:\tZ" not in process.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
