"""Copies inside the file system: blocks are shared on xfs and btrfs, ext4 streams."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from orlop.capabilities import Capability
from orlop.errors import AlreadyExists, Mismatch
from orlop.events import Event

from servers.filesystems import LoopFilesystem
from tests.drivers.file.stores import MIB, file_store, names_in, open_files, pieces

pytestmark = pytest.mark.server


def used(path: Path) -> int:
    os.sync()
    status = os.statvfs(path)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


def shared(path: Path) -> bool:
    done = subprocess.run(["filefrag", "-v", str(path)], capture_output=True, text=True, check=True)
    return "shared" in done.stdout


@pytest.fixture(params=[("xfs", 300), ("btrfs", 256)], ids=["xfs", "btrfs"], scope="module")
def cloning(request: pytest.FixtureRequest) -> Iterator[Path]:
    with LoopFilesystem(request.param[0], request.param[1] * MIB) as disk:
        yield disk.path


def test_blocks_are_shared(cloning: Path) -> None:
    here, there = file_store(cloning / "here", fsync=True), file_store(cloning / "there", fsync=True)
    location = here.put("a", pieces(32)).location
    there.put("other", b"x")
    there.check()
    assert Capability.COPY not in there.lost
    before, descriptors = used(cloning), open_files()
    events: list[Event] = []
    receipt = here.copy(location, there, "b", on_event=events.append)
    assert used(cloning) - before < 4 * MIB
    assert shared(cloning / "there" / "b")
    assert (receipt.size, dict(receipt.digests)) == (32 * MIB, dict(here.stat(location).digests))
    there.verify(receipt.location)
    here.delete(location)
    there.verify(receipt.location)
    assert names_in(cloning / "there") == ["b", "other"]
    assert open_files() == descriptors
    assert events
    there.delete(receipt.location)


def test_a_copy_larger_than_what_is_free(cloning: Path) -> None:
    store = file_store(cloning / "large", fsync=True)
    location = store.put("a", pieces(100)).location
    filler = cloning / "filler"
    free = os.statvfs(cloning).f_bavail * os.statvfs(cloning).f_frsize
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(0, free - 60 * MIB))
    try:
        copied = store.copy(location, store, "b").location
        store.verify(copied)
    finally:
        filler.unlink()
    for one in (location, copied):
        store.delete(one)


def test_a_copy_with_a_wrong_digest_leaves_nothing(cloning: Path) -> None:
    store = file_store(cloning / "wrong")
    location = store.put("a", pieces(2)).location
    with pytest.raises(Mismatch):
        store.copy(location, store, "b", expect={"sha256": "0" * 64})
    with pytest.raises(AlreadyExists):
        store.copy(location, store, "a")
    assert names_in(cloning / "wrong") == ["a"]


def test_holes_stay_holes(cloning: Path) -> None:
    store = file_store(cloning / "holes")
    location = store.put("a", b"x" * MIB + bytes(63 * MIB)).location
    copied = store.copy(location, store, "b").location
    assert (store.stat(copied).allocated or 0) <= 2 * MIB
    store.verify(copied)


def test_ext4_streams() -> None:
    with LoopFilesystem("ext4", 64 * MIB) as disk:
        store = file_store(disk.path / "images")
        location = store.put("a", pieces(4)).location
        copied = store.copy(location, store, "b").location
        store.verify(copied)
        assert not shared(disk.path / "images/b")
        store.check()
        assert Capability.COPY in store.lost
        store.copy(location, store, "c")
        assert names_in(disk.path / "images") == ["a", "b", "c"]


def test_another_file_system_streams(cloning: Path, tmp_path: Path) -> None:
    here, there = file_store(tmp_path), file_store(cloning / "foreign")
    copied = here.copy(here.put("a", pieces(2)).location, there, "b").location
    there.verify(copied)
