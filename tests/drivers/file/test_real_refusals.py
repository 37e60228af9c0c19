"""What may not be written or read: PermissionDenied, also with everything that root may."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from orlop.capabilities import Capability
from orlop.errors import PermissionDenied, Unavailable

from servers.filesystems import LoopFilesystem, Tmpfs
from servers.filesystems.mounts import unmount
from tests.drivers.file.stores import MIB, file_store, names_in, several
from tests.drivers.file.test_mode import as_nobody

pytestmark = pytest.mark.server


@pytest.fixture
def disk() -> Iterator[LoopFilesystem]:
    with LoopFilesystem("ext4", 32 * MIB) as mounted:
        yield mounted


@pytest.mark.parametrize("digests", ["xattr", "sidecar"])
def test_a_read_only_mount(disk: LoopFilesystem, digests: str) -> None:
    folder = disk.path / "images"
    store = file_store(folder, digests=digests)
    location = store.put("a", b"x").location
    left = folder / ".orlop-upload-0000000000000000-dead"
    left.touch()
    disk.remount(read_only=True)
    for call in (lambda: store.put("b", b"x"), lambda: store.delete(location)):
        with pytest.raises(PermissionDenied, match="Read-only file system"):
            call()
    store.verify(location)
    (found,) = store.leftovers()
    with pytest.raises(PermissionDenied):
        store.clean(found)
    messages = [finding.message for finding in store.check()]
    assert any("cannot be written to: Read-only file system" in message for message in messages)
    assert store.lost == Capability.WRITE_ACCESS | Capability.DELETE
    with pytest.raises(PermissionDenied, match=f"{folder} cannot be written to: Read-only file system"):
        store.delete(location)
    disk.remount(read_only=False)
    store.check()
    store.put("b", b"x")
    store.delete(location)
    store.clean(found)
    assert [stat.image_id for stat in store.list()] == ["b"]


def test_it_becomes_read_only_in_the_middle(disk: LoopFilesystem) -> None:
    """A file open for writing keeps the mount writable, so only the next upload meets it; the second disk takes it."""
    with Tmpfs(8 * MIB) as other:
        store = several({"path": str(disk.path / "images"), "priority": 9}, other.path)
        store.put("a", b"x")
        disk.remount(read_only=True)
        assert store.put("b", b"x").location == f"file://{other.path}/b"
        assert store.check()
        assert Capability.WRITE_ACCESS not in store.lost


def test_a_user_who_may_not(tmp_path: Path, disk: LoopFilesystem) -> None:
    folder = disk.path / "images"
    store = file_store(folder, mode="0600")
    location = store.put("a", b"x").location
    (folder / ".orlop-upload-0000000000000000-dead").touch(mode=0o600)
    disk.path.parent.chmod(0o755)
    for parent in disk.path.parents:
        parent.chmod(parent.stat().st_mode | 0o011)
    said = as_nobody(
        "from tests.drivers.file.stores import file_store\n"
        f"store = file_store({str(folder)!r})\n"
        "for call in (lambda: store.put('b', b'x'), lambda: store.open(store.locate('a')),\n"
        "             lambda: store.delete(store.locate('a'))):\n"
        "    try: call()\n"
        "    except Exception as error: print(type(error).__name__, error)\n"
        "print([one.message for one in store.check()])\n"
        "print(list(store.leftovers()))\n"
    )
    lines = said.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["PermissionDenied"] * 3
    assert all("Permission denied" in line for line in lines[:4])
    assert lines[4] == "[]"  # it may not look at the other user's file, so that it cannot know
    store.verify(location)


@pytest.mark.parametrize("digests", ["xattr", "sidecar"])
def test_immutable(disk: LoopFilesystem, digests: str) -> None:
    folder = disk.path / "images"
    store = file_store(folder, digests=digests)
    location = store.put("a", b"x").location
    for path in (folder / "a", folder):
        subprocess.run(["chattr", "+i", str(path)], check=True)
        try:
            with pytest.raises(PermissionDenied, match="Operation not permitted"):
                store.delete(location)
            if path == folder:
                with pytest.raises(PermissionDenied):
                    store.put("b", b"x")
            store.verify(location)
        finally:
            subprocess.run(["chattr", "-i", str(path)], check=True)
    store.delete(location)
    assert names_in(folder) == []


def test_append_only_folder(disk: LoopFilesystem) -> None:
    """Links can be made there, names cannot be taken away: the hidden name stays, so the image must not."""
    folder = disk.path / "images"
    folder.mkdir()
    store = file_store(folder)
    subprocess.run(["chattr", "+a", str(folder)], check=True)
    try:
        with pytest.raises(PermissionDenied) as caught:
            store.put("a", b"x")
    finally:
        subprocess.run(["chattr", "-a", str(folder)], check=True)
    assert any("orlop clean" in note for note in caught.value.__notes__)


def test_a_mount_that_comes_and_goes(tmp_path: Path) -> None:
    point = tmp_path / "mnt"
    point.mkdir()
    store = file_store(point / "images", mount_point=str(point), attempts=1)
    with pytest.raises(Unavailable, match="is not mounted"):
        store.put("a", b"x")
    assert names_in(point) == []
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(point)], check=True)
    try:
        with pytest.raises(Unavailable, match="there is no directory"):
            store.put("a", b"x")
        (point / "images").mkdir()
        location = store.put("a", b"x").location
    finally:
        unmount(point)
    for call in (lambda: store.stat(location), lambda: store.put("b", b"x"), lambda: list(store.list())):
        with pytest.raises(Unavailable, match="is not mounted"):
            call()
    assert names_in(point) == []


def test_a_bind_mount_is_a_mount(tmp_path: Path) -> None:
    """On one file system: os.path.ismount does not see it."""
    real, point = tmp_path / "real", tmp_path / "a point"
    real.mkdir()
    point.mkdir()
    store = file_store(point, mount_point=str(point), attempts=1)
    with pytest.raises(Unavailable):
        store.put("a", b"x")
    subprocess.run(["mount", "--bind", str(real), str(point)], check=True)
    try:
        assert not os.path.ismount(point)
        store.put("a", b"x")
    finally:
        unmount(point)
    assert (names_in(real), names_in(point)) == (["a"], [])


def test_the_mount_goes_during_an_upload(tmp_path: Path) -> None:
    """Lazily, as an operator does it when it hangs: nothing lands on the disk under it."""
    point = tmp_path / "mnt"
    point.mkdir()
    store = file_store(point, mount_point=str(point))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(point)], check=True)

    def losing() -> Iterator[bytes]:
        yield b"x" * MIB
        subprocess.run(["umount", "-l", str(point)], check=True)
        yield b"x"

    with pytest.raises(Unavailable, match="is not mounted"):
        store.put("a", losing())
    assert names_in(point) == []
