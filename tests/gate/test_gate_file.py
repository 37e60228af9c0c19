"""The file driver passes the whole gate, with one directory and with several."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from orlop.drivers.file.driver import FileDriver
from orlop.drivers.file.settings import Directory, FileSettings
from orlop.gate import Gate
from orlop.gate.witnesses.file import FileWitness

_BLOCK = 128 * 1024


class FileGate(Gate):
    ceiling_size: ClassVar[int] = 96 * 1024 * 1024

    @pytest.fixture
    def witness(self, driver: FileDriver) -> FileWitness:
        return FileWitness(driver)


class TestFile(FileGate):
    @pytest.fixture
    def driver(self, tmp_path: Path) -> FileDriver:
        return FileDriver(FileSettings(path=tmp_path, block_size=_BLOCK))


@pytest.mark.slow
class TestFileInSeveralDirectories(FileGate):
    """And with everything switched off that can be: the gate shows then that it is refused."""

    @pytest.fixture
    def driver(self, tmp_path: Path) -> FileDriver:
        places = (Directory(path=tmp_path / "one"), Directory(path=tmp_path / "two"))
        for place in places:
            place.path.mkdir()
        settings = FileSettings(directories=places, block_size=_BLOCK, digests="none", sparse=False, fsync=False)
        return FileDriver(settings)
