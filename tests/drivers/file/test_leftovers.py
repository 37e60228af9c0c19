"""What dead uploads leave is told from what the living write, listed, and removed."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from orlop.drivers.file import keeping, names
from orlop.errors import InvalidLocation
from orlop.records import Leftover
from orlop.store import Store

from tests.drivers.file.stores import (
    MIB,
    child,
    file_store,
    names_in,
    open_files,
    pieces,
    several,
    staged_in,
    wait_until,
)


def leave(folder: Path, count: int = 1, image_id: str = "a") -> list[Path]:
    paths = [folder / f".orlop-upload-{number:016x}-{image_id}" for number in range(count)]
    for path in paths:
        path.write_bytes(b"x" * 5000)
    return paths


def test_an_upload_killed_in_the_middle(store: Store, folder: Path) -> None:
    with child(folder, "a") as one:
        one.feed(b"x" * MIB)
        staged = one.wait_for_bytes(MIB // 2)
        assert list(store.leftovers()) == []
        store.clean(Leftover(str(staged), 0))
        assert names_in(folder) == [staged.name]
        assert list(store.list()) == []
        one.kill()
    (left,) = store.leftovers()
    assert (left.place, left.image_id) == (str(staged), "a")
    assert left.size >= MIB // 2
    assert left.modified is not None
    assert left.modified.tzinfo is not None
    assert list(store.list()) == []
    store.put("a", b"again")
    store.clean(left)
    store.clean(left)
    assert names_in(folder) == ["a"]


def test_an_upload_of_another_process_ends_well_while_it_is_cleaned(store: Store, folder: Path) -> None:
    dead = leave(folder)[0]
    with child(folder, "b") as one:
        one.feed(b"x" * MIB)
        alive = one.wait_for_bytes(MIB // 2)
        assert [left.place for left in store.leftovers()] == [str(dead)]
        for path in (dead, alive):
            store.clean(Leftover(str(path), 0))
        assert names_in(folder) == [alive.name]
        assert one.finish().endswith("/b")
    assert names_in(folder) == ["b"]


def test_age_says_nothing(store: Store, folder: Path) -> None:
    """An upload that has stood still for years is alive as long as its process holds the lock."""

    def slow() -> Iterator[bytes]:
        yield b"x"
        os.utime(staged_in(folder)[0], (0, 0))
        assert list(store.leftovers()) == []
        yield b"y"

    store.put("a", slow())
    assert names_in(folder) == ["a"]


def test_more_leftovers_than_a_page(store: Store, folder: Path) -> None:
    leave(folder, 600)
    before = open_files()
    seen = 0
    for left in store.leftovers():
        seen += 1
        store.clean(left)
    assert seen == 600
    assert names_in(folder) == []
    assert open_files() == before


def test_a_lister_that_stops_early_holds_nothing(store: Store, folder: Path) -> None:
    leave(folder, 300)
    before = open_files()
    listing = store.leftovers()
    first = next(listing)
    assert open_files() == before
    store.clean(first)
    assert len(names_in(folder)) == 299


def test_odd_things_of_such_names_are_left_alone(store: Store, folder: Path) -> None:
    (folder / ".orlop-upload-link").symlink_to("/etc/passwd")
    (folder / ".orlop-upload-folder").mkdir()
    os.mkfifo(folder / ".orlop-upload-fifo")
    (folder / ".orlop-digests-folder").mkdir()
    short = folder / ".orlop-upload-short"
    short.write_bytes(b"")
    (left,) = store.leftovers()
    assert (left.place, left.image_id) == (str(short), None)
    store.clean(left)
    assert len(names_in(folder)) == 4


def test_clean_removes_nothing_but_leftovers(store: Store, folder: Path) -> None:
    store.put("image", b"x")
    (folder.parent / ".orlop-upload-0000000000000000-a").write_bytes(b"x")
    for place in (
        folder / "image",
        folder.parent / ".orlop-upload-0000000000000000-a",
        folder / "sub" / ".orlop-upload-0000000000000000-a",
        folder / ".orlop-upload-x" / ".." / "image",
        Path("/etc/passwd"),
    ):
        with pytest.raises(InvalidLocation):
            store.clean(Leftover(str(place), 0))
    assert names_in(folder) == ["image"]
    assert names_in(folder.parent) == [".orlop-upload-0000000000000000-a", "images"]


def test_a_cleaner_that_locks_first(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has seen the new file before its maker could lock it: the maker takes another name."""
    real = fcntl.flock
    cleaned: list[str] = []

    def flock(descriptor: int, operation: int) -> None:
        if not cleaned:
            (path,) = staged_in(folder)
            cleaned.append(path.name)
            store.clean(Leftover(str(path), 0))
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    store.put("a", b"x")
    assert names_in(folder) == ["a"]
    assert cleaned


def test_a_cleaner_that_is_locking_just_now(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = fcntl.flock
    taken: list[int] = []

    def flock(descriptor: int, operation: int) -> None:
        if not taken:
            taken.append(os.open(staged_in(folder)[0], os.O_RDWR))
            real(taken[0], fcntl.LOCK_EX)
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    store.put("a", b"x")
    os.close(taken[0])
    assert names_in(folder) == ["a"]


def test_cleaning_without_a_pause_hurts_no_upload(folder: Path) -> None:
    store = file_store(folder, fsync=False, block_size=65536)
    done = threading.Event()
    cleaned: list[str] = []

    def clean() -> None:
        while not done.is_set():
            for left in store.leftovers():
                store.clean(left)
                cleaned.append(left.place)

    cleaners = [threading.Thread(target=clean) for _ in range(2)]
    for cleaner in cleaners:
        cleaner.start()
    try:
        for number in range(60):
            store.put(str(number), pieces(2, 65536))
    finally:
        done.set()
        for cleaner in cleaners:
            cleaner.join()
    assert len(names_in(folder)) == 60
    assert all(len((folder / name).read_bytes()) == 2 * 65536 for name in names_in(folder))


def test_where_nothing_can_be_locked_nothing_counts_as_dead(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(*_: object) -> None:
        raise OSError(37, "No locks available")

    leave(folder)
    monkeypatch.setattr(fcntl, "flock", flock)
    store.put("b", b"x")
    assert list(store.leftovers()) == []
    store.clean(Leftover(str(staged_in(folder)[0]), 0))
    assert len(staged_in(folder)) == 1
    assert any("cannot lock" in finding.message for finding in store.check())


def test_orphaned_sidecars(folder: Path) -> None:
    store = file_store(folder, digests="sidecar")
    store.put("kept", b"x")
    store.put("gone", b"x")
    (folder / "gone").unlink()
    (left,) = store.leftovers()
    assert (Path(left.place).name, left.image_id) == (".orlop-digests-gone", "gone")
    store.clean(left)
    assert names_in(folder) == [".orlop-digests-kept", "kept"]
    store.clean(Leftover(str(folder / ".orlop-digests-kept"), 0))
    assert names_in(folder) == [".orlop-digests-kept", "kept"]


@pytest.mark.parametrize("digests", ["sidecar", "none"])
def test_an_image_comes_while_its_old_sidecar_is_cleaned(
    folder: Path, monkeypatch: pytest.MonkeyPatch, digests: str
) -> None:
    store = file_store(folder, digests="sidecar")
    store.put("a", b"old")
    (folder / "a").unlink()
    (left,) = store.leftovers()
    real = names.staged_name

    def staged_name(image_id: str) -> bytes:
        monkeypatch.undo()
        file_store(folder, digests=digests).put("a", b"new")
        return real(image_id)

    monkeypatch.setattr(keeping, "staged_name", staged_name)
    store.clean(left)
    location = store.locate("a")
    if digests == "sidecar":
        store.verify(location)
        assert names_in(folder) == [".orlop-digests-a", "a"]
    else:
        assert store.stat(location).digests == {}
        assert names_in(folder) == ["a"]


def test_leftovers_of_all_directories(tmp_path: Path) -> None:
    store = several(tmp_path / "a", tmp_path / "b", tmp_path / "not there")
    for name in "ab":
        (tmp_path / name).mkdir()
        leave(tmp_path / name, image_id=name)
    assert [left.image_id for left in store.leftovers()] == ["a", "b"]
    for left in store.leftovers():
        store.clean(left)
    wait_until(lambda: not names_in(tmp_path / "a") and not names_in(tmp_path / "b"))
