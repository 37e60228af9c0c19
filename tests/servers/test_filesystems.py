"""Each fault of the file systems, seen by os calls."""

import errno
import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from servers.filesystems import LoopFilesystem, Tmpfs
from servers.filesystems.mounts import unmount
from servers.folder import mounts_under
from servers.missing import Missing

pytestmark = pytest.mark.server


def write(path: Path, size: int) -> None:
    with path.open("wb", buffering=0) as file:
        for _ in range(size >> 20):
            file.write(bytes(1 << 20))
        os.fsync(file.fileno())


def fails_with(number: int, work: Callable[[], object]) -> None:
    with pytest.raises(OSError, match=os.strerror(number)) as caught:
        work()
    assert caught.value.errno == number


def touch(folder: Path, count: int) -> None:
    for number in range(count):
        (folder / str(number)).touch()


def loop_devices() -> str:
    return subprocess.run(["losetup", "-a"], capture_output=True, text=True, check=True).stdout


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_power_cut(kind: str, tmp_path: Path) -> None:
    with LoopFilesystem(kind, folder=tmp_path) as disk:  # type: ignore[arg-type]
        write(disk.path / "old", 1 << 20)
        sync_folder(disk.path)
        write(disk.path / "temporary", 1 << 20)
        (disk.path / "temporary").rename(disk.path / "kept")
        sync_folder(disk.path)
        (disk.path / "lost").write_bytes(b"x" * 1000)
        os.rename(disk.path / "old", disk.path / "renamed")
        disk.power_cut()
        assert sorted(p.name for p in disk.path.iterdir() if p.is_file()) == ["kept", "old"]
        assert (disk.path / "kept").read_bytes() == bytes(1 << 20)
        (disk.path / "new").write_bytes(b"it can be written again")


def test_nothing_is_left(tmp_path: Path) -> None:
    with LoopFilesystem("ext4", 64 << 20, folder=tmp_path) as disk:
        assert mounts_under(tmp_path) == [disk.path]
        image = str(disk.image)
        assert image in loop_devices()
    assert mounts_under(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
    assert image not in loop_devices()


def test_open_file_is_named_when_unmount_fails(tmp_path: Path) -> None:
    with LoopFilesystem("ext4", 64 << 20, folder=tmp_path) as disk:
        with (
            (disk.path / "a").open("wb"),
            pytest.raises(OSError, match=rf"\({os.getpid()}\)"),
        ):
            unmount(disk.path, patience=0)
        assert disk.path in mounts_under(tmp_path)


def test_full_and_read_only() -> None:
    size = 64 << 20
    with LoopFilesystem("ext4", size, inodes=16) as disk:
        fails_with(errno.ENOSPC, lambda: write(disk.path / "a", size))
        (disk.path / "a").unlink()
        fails_with(errno.ENOSPC, lambda: touch(disk.path, 500))
        disk.remount(read_only=True)
        fails_with(errno.EROFS, lambda: (disk.path / "0").write_bytes(b"x"))
        disk.remount(read_only=False)
        (disk.path / "0").write_bytes(b"x")
        disk.drop_caches()
        assert (disk.path / "0").read_bytes() == b"x"


def test_frozen_writer_waits() -> None:
    with LoopFilesystem("ext4", 64 << 20) as disk:
        writer = threading.Thread(target=(disk.path / "a").write_bytes, args=(b"x",))
        with disk.frozen():
            writer.start()
            writer.join(0.3)
            assert writer.is_alive()
        writer.join(10)
        assert not writer.is_alive()
        disk.freeze()  # and the end of the block thaws


def test_quota_of_btrfs() -> None:
    with LoopFilesystem("btrfs", 200 << 20) as disk:
        limited = disk.quota(16 << 20)
        fails_with(errno.EDQUOT, lambda: write(limited / "a", 32 << 20))
        write(disk.path / "b", 32 << 20)
        with pytest.raises(Missing):
            disk.power_cut()


def test_tmpfs() -> None:
    with Tmpfs(8 << 20, inodes=10) as disk:
        fails_with(errno.ENOSPC, lambda: write(disk.path / "a", 16 << 20))
        fails_with(errno.ENOSPC, lambda: touch(disk.path, 500))
        path = disk.path
    assert not path.parent.exists()
