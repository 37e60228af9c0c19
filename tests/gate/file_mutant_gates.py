"""A gate class for each mutant of the file driver; run by test_catches.py in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from orlop.drivers.file.driver import FileDriver
from orlop.drivers.file.settings import FileSettings
from orlop.gate import Gate
from orlop.gate.witnesses.file import FileWitness

from tests.gate.file_mutants import EXPECTED, LyingWitness, WitnessLies


class MutantGate(Gate):
    mutant: type[FileDriver] = FileDriver
    ceiling_size: ClassVar[int] = 96 * 1024 * 1024

    @pytest.fixture
    def driver(self, tmp_path: Path) -> FileDriver:
        return self.mutant(FileSettings(path=tmp_path, block_size=128 * 1024, digests="none", fsync=False))

    @pytest.fixture
    def witness(self, driver: FileDriver) -> FileWitness:
        return LyingWitness(driver) if isinstance(driver, WitnessLies) else FileWitness(driver)


for _mutant in EXPECTED:
    globals()[f"Test{_mutant.__name__}"] = type(f"Test{_mutant.__name__}", (MutantGate,), {"mutant": _mutant})
