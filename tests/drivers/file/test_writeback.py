"""Data reach the disk while more of them come, and what does not reach it fails the put."""

from __future__ import annotations

import ctypes
import errno
from pathlib import Path

import pytest
from orlop import BackendError
from orlop.drivers.file import writeback
from orlop.drivers.file.writeback import Writeback

from tests.drivers.file.stores import file_store

MIB = 1 << 20


class Kernel:
    """Stands in for sync_file_range(2)."""

    def __init__(self, number: int = 0) -> None:
        self.calls: list[tuple[int, int, int]] = []
        self._number = number

    def __call__(self, descriptor: int, start: int, length: int, how: int) -> int:
        self.calls.append((start // MIB, length // MIB, how))
        ctypes.set_errno(self._number)
        return -1 if self._number else 0


def followed(kernel: Kernel, ends: list[int]) -> None:
    follower = Writeback(Path("/x"))
    follower._function = kernel
    for end in ends:
        follower.written(5, end * MIB)


def test_one_window_is_on_its_way_and_the_one_before_is_waited_for() -> None:
    kernel = Kernel()
    followed(kernel, list(range(2, 140, 2)))
    assert kernel.calls == [
        (0, 32, 2), (0, 32, 7), (32, 32, 2), (32, 32, 7), (64, 32, 2), (64, 32, 7), (96, 32, 2),
    ]  # fmt: skip


def test_a_large_hole_is_one_window() -> None:
    kernel = Kernel()
    followed(kernel, [1000, 1001, 1040])
    assert kernel.calls == [(0, 1000, 2), (0, 1000, 7), (1000, 40, 2)]


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP])
def test_where_the_kernel_cannot_it_is_left_to_the_last_fsync(number: int) -> None:
    kernel = Kernel(number)
    followed(kernel, [40, 80, 120])
    assert len(kernel.calls) == 1


def test_where_the_library_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: object())
    assert file_store(tmp_path, fsync=True).put("a", bytes(1 << 20)).size == 1 << 20


def test_data_that_do_not_reach_the_disk_fail_the_put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writeback, "_WINDOW", MIB)
    monkeypatch.setattr(Writeback, "_sync", lambda *_: (_ for _ in ()).throw(OSError(errno.EIO, "Input/output error")))
    with pytest.raises(BackendError, match="Input/output error"):
        file_store(tmp_path, fsync=True).put("a", b"x" * (8 * MIB))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fsync", [True, False])
def test_it_is_done_where_durability_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fsync: bool) -> None:
    seen: list[int] = []
    monkeypatch.setattr(Writeback, "written", lambda _, __, end: seen.append(end))
    file_store(tmp_path, fsync=fsync).put("a", b"x" * (5 * MIB))
    assert seen == ([2 * MIB, 4 * MIB, 5 * MIB] if fsync else [])
