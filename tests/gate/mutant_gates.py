"""A gate class for each mutant; run by test_gate_catches.py in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from orlop.gate import Fault, Gate

from tests.gate.model import ModelDriver, ModelSettings, ModelWitness
from tests.gate.mutants import EXPECTED


class MutantGate(Gate):
    mutant: type[ModelDriver]

    @pytest.fixture
    def driver(self) -> ModelDriver:
        return self.mutant(ModelSettings(attempts=1))

    @pytest.fixture
    def witness(self, driver: ModelDriver) -> ModelWitness:
        return ModelWitness(driver)

    @pytest.fixture
    def lies(self, driver: ModelDriver) -> Mapping[str, Fault]:
        return {"200 and nothing behind it": driver.lie}


for _mutant in EXPECTED:
    globals()[f"Test{_mutant.__name__}"] = type(f"Test{_mutant.__name__}", (MutantGate,), {"mutant": _mutant})
