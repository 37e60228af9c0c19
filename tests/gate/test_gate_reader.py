"""The gate for a driver that only reads: what it cannot do is shown to be refused."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from orlop.drivers.file.settings import FileSettings
from orlop.gate import Gate

from tests.gate.reader import ReaderDriver, ReaderWitness


class TestReader(Gate):
    ceiling_size: ClassVar[int] = 96 * 1024 * 1024

    @pytest.fixture
    def driver(self, tmp_path: Path) -> ReaderDriver:
        return ReaderDriver(FileSettings(path=tmp_path))

    @pytest.fixture
    def witness(self, driver: ReaderDriver) -> ReaderWitness:
        return ReaderWitness(driver)
