"""No space, no inodes, no quota, too large: StoreFull, and everything is as before."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from orlop.capabilities import Capability
from orlop.errors import AlreadyExists, StoreFull

from servers.filesystems import LoopFilesystem, Tmpfs
from tests.drivers.file.stores import MIB, REPOSITORY, file_store, names_in, open_files, pieces, several

pytestmark = pytest.mark.server


def free(path: Path) -> int:
    os.sync()
    status = os.statvfs(path)
    return status.f_bfree * status.f_frsize


@pytest.fixture(scope="module")
def small() -> Iterator[Path]:
    """48 MiB of ext4, with few inodes."""
    with LoopFilesystem("ext4", 48 * MIB, inodes=64) as disk:
        yield disk.path


@pytest.mark.parametrize("fsync", [True, False])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("sparse", [True, False])
def test_the_disk_fills_up_in_the_middle(small: Path, fsync: bool, known: bool, sparse: bool) -> None:
    folder = small / "bytes"
    store = file_store(folder, fsync=fsync, sparse=sparse)
    kept = store.put("kept", b"x" * MIB).location
    before, descriptors = free(small), open_files()
    with pytest.raises(StoreFull, match=r"No space left on device|bytes are wanted"):
        store.put("a", pieces(64), size=64 * MIB if known else None)
    assert names_in(folder) == ["kept"]
    assert free(small) >= before
    assert open_files() == descriptors
    store.put("a", pieces(16))
    store.verify(kept)
    for stat in list(store.list()):
        store.delete(stat.location)


def test_a_full_disk_can_be_emptied_again(small: Path) -> None:
    folder = small / "emptied"
    store = file_store(folder)
    kept = store.put("kept", b"x" * MIB).location
    filler = small / "filler"
    with filler.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(b"x" * 65536)
            except OSError:
                break
    findings = store.check()
    assert any("free" in finding.message for finding in findings)
    assert Capability.DELETE not in store.lost
    with pytest.raises(StoreFull):
        store.put("a", pieces(2))
    store.verify(kept)
    store.delete(kept)
    assert names_in(folder) == []
    filler.unlink()


def test_no_inodes_are_left(small: Path) -> None:
    folder = small / "inodes"
    store = file_store(folder)
    folder.mkdir()
    made: list[Path] = []
    try:
        while True:
            path = small / f"inode{len(made)}"
            path.touch()
            made.append(path)
    except OSError:
        pass
    before = open_files()
    with pytest.raises(StoreFull, match="No space left on device"):
        store.put("a", b"x")
    assert any("no inodes are left" in finding.message for finding in store.check())
    assert open_files() == before
    for path in made:
        path.unlink()
    store.put("a", b"x")
    assert names_in(folder) == ["a"]


def test_a_quota() -> None:
    with LoopFilesystem("btrfs", 200 * MIB) as disk:
        folder = disk.quota(16 * MIB)
        store = file_store(folder, fsync=True)
        for known in (None, 32 * MIB):
            with pytest.raises(StoreFull, match="quota"):
                store.put("a", pieces(32), size=known)
            assert names_in(folder) == []
        subprocess.run(["btrfs", "filesystem", "sync", str(folder)], check=True)
        store.verify(store.put("a", pieces(4)).location)


@pytest.mark.parametrize("hole", [False, True])
def test_a_limit_of_file_size(tmp_path: Path, hole: bool) -> None:
    """In a process of its own, for the limit is one of the process."""
    source = "bytes(8 << 20)" if hole else "b'x' * (8 << 20)"
    program = (
        "from tests.drivers.file.stores import file_store\n"
        "from orlop.errors import StoreFull\n"
        f"store = file_store({str(tmp_path / 'images')!r})\n"
        f"try: store.put('a', {source})\n"
        "except StoreFull as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4 * MIB, 4 * MIB)),
    )
    assert "File too large" in done.stdout
    assert names_in(tmp_path / "images") == []


def test_the_directory_with_the_most_space() -> None:
    with ExitStack() as stack:
        a, b, c = (stack.enter_context(Tmpfs(size * MIB)).path for size in (8, 32, 16))
        store = several({"path": str(a), "priority": 5}, b, c, sparse=False)
        assert store.space().total == 56 * MIB
        first = store.put("first", pieces(6), size=6 * MIB).location
        assert first == f"file://{a}/first"
        assert store.put("second", pieces(6), size=6 * MIB).location == f"file://{b}/second"
        assert store.put("third", pieces(20), size=20 * MIB).location == f"file://{b}/third"
        assert store.put("fourth", pieces(9), size=9 * MIB).location == f"file://{c}/fourth"
        with pytest.raises(StoreFull):
            store.put("fifth", pieces(9), size=9 * MIB)
        with pytest.raises(AlreadyExists):
            store.put("fourth", b"x")
        store.delete(first)
        assert store.put("fifth", pieces(7), size=7 * MIB).location == f"file://{a}/fifth"


def test_a_sparse_image_larger_than_the_disk() -> None:
    with Tmpfs(8 * MIB) as disk:
        store = file_store(disk.path)
        data = b"x" * MIB + bytes(63 * MIB)
        location = store.put("a", data, size=64 * MIB).location
        assert store.stat(location).size == 64 * MIB
        store.verify(location)
