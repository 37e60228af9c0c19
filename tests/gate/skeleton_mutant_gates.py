"""A gate class for each mutant of the skeleton; run by test_catches.py in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from orlop.gate import Gate
from orlop_example.driver import ExampleDriver
from orlop_example.settings import ExampleSettings
from orlop_example.witness import ExampleWitness

from tests.gate.skeleton_mutants import EXPECTED


class MutantGate(Gate):
    mutant: type[ExampleDriver] = ExampleDriver
    big_size: ClassVar[int | None] = 8 * 1024 * 1024 + 3

    @pytest.fixture
    def driver(self, tmp_path: Path) -> ExampleDriver:
        return self.mutant(ExampleSettings(root=tmp_path / "images", attempts=1))

    @pytest.fixture
    def witness(self, driver: ExampleDriver) -> ExampleWitness:
        return ExampleWitness(driver)


for _mutant in EXPECTED:
    globals()[f"Test{_mutant.__name__}"] = type(f"Test{_mutant.__name__}", (MutantGate,), {"mutant": _mutant})
