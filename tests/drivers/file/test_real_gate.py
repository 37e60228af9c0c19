"""The gate, on each real file system."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from orlop.drivers.file.driver import FileDriver
from orlop.drivers.file.settings import FileSettings
from orlop.gate import Gate
from orlop.gate.witnesses.file import FileWitness

from servers.filesystems import LoopFilesystem
from servers.fuse_faults import FuseFaults
from tests.drivers.file.stores import MIB


class OnDisk(Gate):
    ceiling_size: ClassVar[int] = 64 * MIB

    @pytest.fixture
    def driver(self, place: Path) -> FileDriver:
        driver = FileDriver(FileSettings(path=place / "images", block_size=128 * 1024))
        driver.settings.path.mkdir(exist_ok=True)
        return driver

    @pytest.fixture
    def witness(self, driver: FileDriver) -> FileWitness:
        return FileWitness(driver)


@pytest.mark.server
class TestExt4(OnDisk):
    @pytest.fixture(scope="class")
    def place(self) -> Iterator[Path]:
        with LoopFilesystem("ext4", 400 * MIB) as disk:
            yield disk.path


@pytest.mark.server
class TestXfs(OnDisk):
    @pytest.fixture(scope="class")
    def place(self) -> Iterator[Path]:
        with LoopFilesystem("xfs", 400 * MIB) as disk:
            yield disk.path


@pytest.mark.server
class TestBtrfs(OnDisk):
    @pytest.fixture(scope="class")
    def place(self) -> Iterator[Path]:
        with LoopFilesystem("btrfs", 400 * MIB) as disk:
            yield disk.path


@pytest.mark.server
class TestFuseWithoutAttributes(OnDisk):
    @pytest.fixture(scope="class")
    def place(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
        with FuseFaults(tmp_path_factory.mktemp("behind"), xattrs=False) as fuse:
            yield fuse.path
