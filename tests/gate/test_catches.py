"""The gate finds bugs: drivers with one bug each fail exactly the cases that are about it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.gate import file_mutants, mutants

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent


def failures(report: Path, *arguments: str) -> Mapping[str, set[str]]:
    """Run gates in a process of its own; for each class the names of the cases that failed."""
    options = ["-q", "--tb=no", "-rN", "-p", "no:cacheprovider", "--gate-json", str(report)]
    command = [sys.executable, "-m", "pytest", *options, *arguments]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode in {0, 1}, run.stdout + run.stderr
    gates = json.loads(report.read_text())["gates"]
    return {
        gate["class"].rpartition(":Test")[2]: {
            case["case"].partition("[")[0] for case in gate["cases"] if case["outcome"] == "failed"
        }
        for gate in gates
    }


def wanted(cases: Iterable[str]) -> set[str]:
    return set(cases) - {mutants.MORE}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    module = HERE / "mutant_gates.py"
    chosen = [
        f"{module}::Test{mutant.__name__}::{case}" for mutant, all_ in mutants.EXPECTED.items() for case in wanted(all_)
    ]
    return failures(tmp_path_factory.mktemp("gate") / "report.json", *chosen)


@pytest.mark.parametrize("mutant", [mutant for mutant, cases in mutants.EXPECTED.items() if cases])
def test_a_bug_is_found(found: Mapping[str, set[str]], mutant: type) -> None:
    assert found[mutant.__name__] == wanted(mutants.EXPECTED[mutant])


@pytest.fixture(scope="module")
def found_in_files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    module = HERE / "file_mutant_gates.py"
    return failures(tmp_path_factory.mktemp("gate") / "report.json", str(module), "-k", "killed or ceiling")


@pytest.mark.parametrize("mutant", file_mutants.EXPECTED)
def test_a_bug_is_found_by_another_process(found_in_files: Mapping[str, set[str]], mutant: type) -> None:
    assert found_in_files[mutant.__name__] == file_mutants.EXPECTED[mutant]


def test_a_witness_that_lies_about_its_process_is_found(found_in_files: Mapping[str, set[str]]) -> None:
    assert found_in_files["LyingWitness"] >= {file_mutants.MIDDLE, file_mutants.MOMENT}


@pytest.mark.slow
def test_nothing_else_is_found(tmp_path: Path) -> None:
    module = HERE / "mutant_gates.py"
    every = failures(tmp_path / "report.json", str(module), "-k", "not killed and not ceiling")
    for mutant, cases in mutants.EXPECTED.items():
        name = mutant.__name__
        assert every[name] >= wanted(cases), name
        assert mutants.MORE in cases or every[name] == cases, name
