"""The gate finds bugs: drivers with one bug each fail exactly the cases that are about it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import pytest

from tests.gate import file_mutants, mutants, skeleton_mutants

pytestmark = pytest.mark.slow  # also lest several workers make the same runs

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
THOROUGH = os.environ.get("ORLOP_THOROUGH") == "1"

Found = Mapping[ModuleType, Mapping[str, set[str]]]
"""For each module of mutants, for each of them, the names of the cases that failed."""


class Run:
    """Gates in a process of their own."""

    def __init__(self, report: Path, *arguments: str) -> None:
        options = [
            "-q",
            "--tb=no",
            "-rN",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:hypothesispytest",
            "--gate-json",
            str(report),
        ]
        command = [sys.executable, "-m", "pytest", *options, *arguments]
        self._report = report
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:  # waits for its end, and closes the pipe
            self._process.kill()

    def failures(self) -> Mapping[str, set[str]]:
        """For each class the names of the cases that failed."""
        said, _ = self._process.communicate()
        assert self._process.returncode in {0, 1}, said
        return {
            gate["class"].rpartition(":Test")[2]: {
                case["case"].partition("[")[0] for case in gate["cases"] if case["outcome"] == "failed"
            }
            for gate in json.loads(self._report.read_text())["gates"]
        }


def wanted(cases: Iterable[str]) -> set[str]:
    return set(cases) - {mutants.MORE}


def chosen(module: str, expected: Mapping[Any, set[str]]) -> list[str]:
    return [
        f"{HERE / module}::Test{mutant.__name__}::{case}" for mutant, all_ in expected.items() for case in wanted(all_)
    ]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("gate")
    with (  # all at once
        Run(folder / "one.json", *chosen("mutant_gates.py", mutants.EXPECTED)) as one,
        Run(folder / "other.json", *chosen("file_mutant_gates.py", file_mutants.EXPECTED)) as other,
        Run(folder / "third.json", *chosen("skeleton_mutant_gates.py", skeleton_mutants.EXPECTED)) as third,
    ):
        # By module, too: mutants of two of them may have one name.
        return {
            module: run.failures() for module, run in ((mutants, one), (file_mutants, other), (skeleton_mutants, third))
        }


@pytest.mark.parametrize("mutant", [mutant for mutant, cases in mutants.EXPECTED.items() if cases])
def test_a_bug_is_found(found: Found, mutant: type) -> None:
    assert found[mutants][mutant.__name__] == wanted(mutants.EXPECTED[mutant])


@pytest.mark.parametrize("mutant", file_mutants.EXPECTED)
def test_a_bug_is_found_by_another_process(found: Found, mutant: type) -> None:
    assert found[file_mutants][mutant.__name__] == wanted(file_mutants.EXPECTED[mutant])


@pytest.mark.parametrize("mutant", [mutant for mutant, cases in skeleton_mutants.EXPECTED.items() if cases])
def test_a_bug_is_found_by_meeting_each_call(found: Found, mutant: type) -> None:
    assert found[skeleton_mutants][mutant.__name__] == wanted(skeleton_mutants.EXPECTED[mutant])


@pytest.mark.timeout(3600 if THOROUGH else 600)
def test_nothing_else_is_found(tmp_path: Path) -> None:
    """In CI of some of the mutants, ever the same; of all with ORLOP_THOROUGH=1."""
    of_model, of_file = some(mutants.EXPECTED, 12), some(file_mutants.EXPECTED, 4)
    with (
        Run(tmp_path / "one.json", *gates("mutant_gates.py", of_model), "-k", "not killed and not ceiling") as one,
        Run(tmp_path / "other.json", *gates("file_mutant_gates.py", of_file), "-k", "killed or ceiling") as other,
    ):
        found = {**one.failures(), **other.failures()}
    assert set(found) == {mutant.__name__ for mutant in (*of_model, *of_file)}
    for mutant, cases in (of_model | of_file).items():
        name = mutant.__name__
        assert found[name] >= wanted(cases), name
        assert mutants.MORE in cases or found[name] == cases, name


def some(expected: Mapping[Any, set[str]], step: int) -> dict[Any, set[str]]:
    return dict(list(expected.items())[:: 1 if THOROUGH else step])


def gates(module: str, expected: Mapping[Any, set[str]]) -> list[str]:
    return [f"{HERE / module}::Test{mutant.__name__}" for mutant in expected]
