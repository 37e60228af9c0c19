"""A missing mount: nothing is read, written or concluded in the folder under it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from orlop.drivers.file import guards
from orlop.drivers.file.settings import Directory
from orlop.errors import InvalidLocation, NotFound, Unavailable
from orlop.records import Leftover
from orlop.store import Store

from tests.drivers.file.stores import file_store, names_in, several

CALLS: dict[str, Callable[[Store, str], object]] = {
    "put": lambda store, location: store.put("new", b"x"),
    "open": lambda store, location: store.open(location),
    "stat": lambda store, location: store.stat(location),
    "exists": lambda store, location: store.exists(location),
    "locate": lambda store, location: store.locate("image"),
    "delete": lambda store, location: store.delete(location),
    "list": lambda store, location: list(store.list()),
    "space": lambda store, location: store.space(),
    "leftovers": lambda store, location: list(store.leftovers()),
    "clean": lambda store, location: store.clean(Leftover(location.removeprefix("file://"), 0)),
}


@pytest.fixture(params=["mount_point", "marker", "absolute marker", "folder"])
def guarded(request: pytest.FixtureRequest, folder: Path) -> tuple[Store, str]:
    """A store whose mount is missing; images of old lie in the folder under it."""
    (folder / "image").write_bytes(b"under the mount")
    wanted: dict[str, Any] = {
        "mount_point": {"mount_point": str(folder)},
        "marker": {"marker": "MOUNTED"},
        "absolute marker": {"marker": str(folder.parent / "MOUNTED")},
        "folder": {"mount_point": "/proc"},
    }[request.param]
    if request.param == "folder":
        (folder / "image").unlink()
        folder.rmdir()
    return file_store(folder, attempts=1, **wanted), f"file://{folder}/image"


@pytest.mark.parametrize("call", list(CALLS))
def test_nothing_is_done_under_a_missing_mount(guarded: tuple[Store, str], folder: Path, call: str) -> None:
    store, location = guarded
    before = names_in(folder) if folder.exists() else None
    with pytest.raises(Unavailable, match=r"mount"):
        CALLS[call](store, location)
    assert (names_in(folder) if folder.exists() else None) == before


def test_check_says_what_to_do(guarded: tuple[Store, str], folder: Path) -> None:
    store, location = guarded
    before = names_in(folder) if folder.exists() else None
    (finding,) = store.check()
    assert str(folder) in finding.message or "MOUNTED" in finding.message
    assert (names_in(folder) if folder.exists() else None) == before
    with pytest.raises(Unavailable):  # and not Unsupported: the mount may be back at any time
        store.stat(location)


def test_the_mount_goes_during_an_upload(folder: Path) -> None:
    marker = folder / "MOUNTED"
    marker.touch()
    store = file_store(folder, marker="MOUNTED")

    def losing() -> Any:
        yield b"x"
        marker.unlink()

    with pytest.raises(Unavailable, match="marker"):
        store.put("a", losing())
    assert names_in(folder) == []
    marker.touch()
    store.put("a", b"x")


def test_the_marker_is_no_image(folder: Path) -> None:
    (folder / "MOUNTED").touch()
    store = file_store(folder, marker="MOUNTED")
    store.put("a", b"x")
    assert [stat.image_id for stat in store.list()] == ["a"]
    for call in (store.delete, store.open, store.stat):
        with pytest.raises(InvalidLocation, match="marker"):
            call(f"file://{folder}/MOUNTED")
    assert (folder / "MOUNTED").exists()


def test_another_directory_is_used_meanwhile(tmp_path: Path) -> None:
    away, here = tmp_path / "away", tmp_path / "here"
    away.mkdir()
    (away / "old").write_bytes(b"x")
    store = several({"path": str(away), "priority": 9, "mount_point": str(away)}, here, attempts=1)
    location = store.put("a", b"x").location
    assert location == f"file://{here}/a"
    assert store.locate("a") == location
    store.stat(location)
    assert names_in(away) == ["old"]
    with pytest.raises(NotFound):
        store.stat(f"file://{here}/b")
    with pytest.raises(Unavailable):
        store.locate("b")  # it may be in the other one
    store.put("old", b"x")  # what lies under the mount is not the store's
    assert [finding.severity.value for finding in store.check()].count("error") == 1


def test_a_scratch_folder_is_made_where_the_guards_hold(folder: Path) -> None:
    (folder / "MOUNTED").touch()
    scratch = file_store(folder, marker="MOUNTED").settings.scratch("gate")
    store = Store("scratch", type(file_store(folder)._driver)(scratch))
    assert list(store.list()) == []
    store.put("a", b"x")
    assert names_in(folder) == [".orlop-scratch-gate", "MOUNTED"]
    (folder / "MOUNTED").unlink()
    with pytest.raises(Unavailable):
        store.put("b", b"x")


def test_mount_points_are_read_from_the_kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        f"36 35 98:0 / {tmp_path} rw - ext3 /dev/root rw\n"
        f"37 35 98:0 / {tmp_path}/a\\040b\\134c rw shared:1 - nfs nas:/x rw\n"
    )
    monkeypatch.setattr(guards, "_MOUNTS", table)
    assert guards.is_mounted(tmp_path)
    assert guards.is_mounted(tmp_path / "a b\\c")
    assert not guards.is_mounted(tmp_path / "a")
    (tmp_path / "link").symlink_to(tmp_path / "a b\\c")
    assert guards.is_mounted(tmp_path / "link")
    monkeypatch.setattr(guards, "_MOUNTS", tmp_path / "nothing")
    assert guards.is_mounted(Path("/proc"))
    assert not guards.is_mounted(tmp_path)


def test_what_cannot_be_known_is_an_error(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """os.path.exists and lexists take every error for absence."""

    def stat(path: Any, *_: Any, **__: Any) -> None:
        raise OSError(116, "Stale file handle", str(path))

    monkeypatch.setattr(os, "stat", stat)
    with pytest.raises(OSError, match="Stale"):
        guards.is_there(folder / "a")
    with pytest.raises(OSError, match="Stale"):
        guards.require_usable(Directory(path=folder, marker=Path("m")))
