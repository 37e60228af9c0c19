"""The gate, on each real file system, with real faults: a full disk, a read-only one, one that hangs."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from orlop.drivers.file.driver import FileDriver
from orlop.drivers.file.settings import FileSettings
from orlop.errors import PermissionDenied, StoreError, StoreFull, Unavailable
from orlop.gate import Gate
from orlop.gate.witnesses.file import FileWitness

from servers.filesystems import LoopFilesystem
from servers.fuse_faults import FuseFaults, Rule
from tests.drivers.file.stores import MIB

Faults = Mapping[type[StoreError], Callable[[], AbstractContextManager[object]]]
BLOCK = 128 * 1024


def driver_in(folder: Path) -> FileDriver:
    folder.mkdir(exist_ok=True)
    return FileDriver(FileSettings(path=folder, block_size=BLOCK))


class OnDisk(Gate):
    ceiling_size: ClassVar[int] = 64 * MIB

    @pytest.fixture
    def driver(self, disk: LoopFilesystem) -> FileDriver:
        return driver_in(disk.path / "images")

    @pytest.fixture
    def witness(self, driver: FileDriver) -> FileWitness:
        return FileWitness(driver)

    @pytest.fixture
    def faults(self, disk: LoopFilesystem) -> Faults:
        @contextmanager
        def full() -> Iterator[None]:
            filler = disk.path / "filler"
            with filler.open("wb", buffering=0) as file:
                size = MIB
                while size >= 4096:
                    try:
                        file.write(b"x" * size)
                    except OSError:
                        size //= 2
            yield
            filler.unlink()

        @contextmanager
        def read_only() -> Iterator[None]:
            disk.remount(read_only=True)
            yield
            disk.remount(read_only=False)

        return {StoreFull: full, PermissionDenied: read_only}


@pytest.fixture(scope="module")
def ext4() -> Iterator[LoopFilesystem]:
    with LoopFilesystem("ext4", 300 * MIB) as disk:
        yield disk


@pytest.fixture(scope="module")
def xfs() -> Iterator[LoopFilesystem]:
    with LoopFilesystem("xfs", 300 * MIB) as disk:
        yield disk


@pytest.fixture(scope="module")
def btrfs() -> Iterator[LoopFilesystem]:
    with LoopFilesystem("btrfs", 300 * MIB) as disk:
        yield disk


@pytest.fixture(scope="module")
def fuse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FuseFaults]:
    with FuseFaults(tmp_path_factory.mktemp("behind"), xattrs=False) as mounted:
        yield mounted


@pytest.mark.server
class TestExt4(OnDisk):
    @pytest.fixture
    def disk(self, ext4: LoopFilesystem) -> LoopFilesystem:
        return ext4


@pytest.mark.server
class TestXfs(OnDisk):
    @pytest.fixture
    def disk(self, xfs: LoopFilesystem) -> LoopFilesystem:
        return xfs


@pytest.mark.server
class TestBtrfs(OnDisk):
    @pytest.fixture
    def disk(self, btrfs: LoopFilesystem) -> LoopFilesystem:
        return btrfs


@pytest.mark.server
class TestFuseWithoutAttributes(Gate):
    ceiling_size: ClassVar[int] = 64 * MIB
    settle = 5.0  # what was open when it was removed goes a moment after its last close

    @pytest.fixture
    def driver(self, fuse: FuseFaults) -> FileDriver:
        return driver_in(fuse.path / "images")

    @pytest.fixture
    def witness(self, driver: FileDriver) -> FileWitness:
        return FileWitness(driver)

    @pytest.fixture
    def faults(self, fuse: FuseFaults) -> Faults:
        return {
            StoreFull: lambda: fuse.rules(Rule("write", errno=errno.EDQUOT, after=3)),
            PermissionDenied: lambda: fuse.rules(Rule("create", errno=errno.EACCES)),
            Unavailable: lambda: fuse.rules(Rule("fsync", errno=errno.ESTALE)),
        }
