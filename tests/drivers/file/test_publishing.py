"""An image appears whole, once, and never in place of another."""

from __future__ import annotations

import ctypes
import errno
import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from orlop.drivers.file import upload
from orlop.errors import AlreadyExists, StoreError, Unavailable, Unsupported
from orlop.events import Event, Kind
from orlop.store import Store
from orlop.support import publish

from tests.drivers.file.stores import (
    MIB,
    Child,
    file_store,
    names_in,
    open_files,
    pieces,
    several,
    staged_in,
    wait_until,
)


def fail_links(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def link(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", link)


def test_nothing_is_seen_before_the_end(store: Store, folder: Path) -> None:
    seen: list[tuple[list[str], int]] = []

    def look(event: Event) -> None:
        if event.kind is Kind.PROGRESS:
            seen.append(([name for name in os.listdir(folder) if name[0] != "."], len(list(store.list()))))

    store.put("a", pieces(5), on_event=look)
    assert seen
    assert all(one == ([], 0) for one in seen)
    assert names_in(folder) == ["a"]


@pytest.mark.parametrize("directories", [1, 2])
def test_twenty_threads_put_one_id(tmp_path: Path, directories: int) -> None:
    folders = [tmp_path / str(number) for number in range(directories)]

    def put(number: int) -> int | None:
        # Each believes another directory to be the best.
        mine = sorted(folders, key=lambda one: (folders.index(one) + number) % directories)
        tables = [{"path": str(one), "priority": -place} for place, one in enumerate(mine)]
        try:
            several(*tables, block_size=65536).put("one", pieces(4 + number, 65536))
        except AlreadyExists:
            return None
        return number

    before = open_files()
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(20) as pool:
        winners = [number for number in pool.map(put, range(20)) if number is not None]
    assert len(winners) == 1
    images = [path for folder in folders for path in folder.iterdir() if not path.name.startswith(".")]
    assert len(images) == 1
    assert images[0].read_bytes() == b"".join(pieces(4 + winners[0], 65536))
    assert [path for folder in folders for path in staged_in(folder)] == []
    assert open_files() == before


@pytest.mark.slow
def test_eight_processes_put_one_id(folder: Path) -> None:
    children = [Child(folder, "one") for _ in range(8)]
    for number, child in enumerate(children):
        child.feed(bytes([number + 1]) * MIB)
    said = [child.finish() for child in children]
    assert Counter(one.partition(":")[0] for one in said) == {"file": 1, "AlreadyExists": 7}
    winner = next(number for number, one in enumerate(said) if one.startswith("file:"))
    assert (folder / "one").read_bytes() == bytes([winner + 1]) * MIB
    assert names_in(folder) == ["one"]


def test_a_foreign_file_stays(store: Store, folder: Path) -> None:
    def foreign() -> Any:
        yield b"mine"
        (folder / "a").write_bytes(b"foreign")

    with pytest.raises(AlreadyExists) as caught:
        store.put("a", foreign())
    assert (folder / "a").read_bytes() == b"foreign"
    assert names_in(folder) == ["a"]
    assert "disk: put a" in str(caught.value)


def test_the_other_directory_has_it(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    b.mkdir()

    def foreign() -> Any:
        yield b"mine"
        (b / "one").write_bytes(b"foreign")

    with pytest.raises(AlreadyExists, match="another directory"):
        several({"path": str(a), "priority": 1}, b).put("one", foreign())
    assert names_in(a) == [".orlop-publish.lock"]


def test_one_at_a_time_publishes_into_several_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one waits between the first one's look at the other directory and its link, and then sees it."""
    real = publish.publish
    looked, go = threading.Event(), threading.Event()

    def publish_later(*arguments: Any) -> None:
        looked.set()
        go.wait(30)
        real(*arguments)

    def waiting() -> bool:
        inode = (tmp_path / "a/.orlop-publish.lock").stat().st_ino
        return any("->" in line and f":{inode} " in line for line in Path("/proc/locks").read_text().splitlines())

    monkeypatch.setattr(upload, "publish", publish_later)
    a, b = ({"path": str(tmp_path / name)} for name in "ab")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(several({**a, "priority": 1}, b).put, "one", b"first")
        assert looked.wait(30)
        second = pool.submit(several(a, {**b, "priority": 1}).put, "one", b"second")
        try:
            wait_until(waiting)
        finally:
            go.set()
        assert first.result().location.endswith("/a/one")
        with pytest.raises(AlreadyExists):
            second.result()
    assert not (tmp_path / "b/one").exists()


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK])
def test_without_hard_links(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    fail_links(monkeypatch, number)
    store.put("a", b"mine")
    assert names_in(folder) == ["a"]
    assert (folder / "a").read_bytes() == b"mine"

    def foreign() -> Any:
        yield b"mine"
        (folder / "b").write_bytes(b"foreign")

    with pytest.raises(AlreadyExists):
        store.put("b", foreign())
    assert (folder / "b").read_bytes() == b"foreign"
    assert names_in(folder) == ["a", "b"]


def test_with_neither_links_nor_renames(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Library:
        def renameat2(self, *_: Any) -> int:
            ctypes.set_errno(errno.EINVAL)
            return -1

    fail_links(monkeypatch, errno.EPERM)
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Library())
    with pytest.raises(Unsupported, match="neither hard links nor renameat2"):
        store.put("a", b"x")
    assert names_in(folder) == []


def test_an_answer_that_nfs_gives_twice(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The link was made, the answer lost, and the request repeated: "exists" is our own file."""
    real = os.link

    def link(*arguments: Any, **options: Any) -> None:
        real(*arguments, **options)
        raise FileExistsError(errno.EEXIST, "File exists")

    monkeypatch.setattr(os, "link", link)
    store.put("a", b"mine")
    assert names_in(folder) == ["a"]


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ETIMEDOUT])
def test_a_link_that_was_made_and_failed(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    real = os.link

    def link(*arguments: Any, **options: Any) -> None:
        real(*arguments, **options)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(StoreError):
        store.put("a", b"mine")
    assert names_in(folder) == []


def test_the_directory_vanishes(store: Store, folder: Path) -> None:
    def vanishing() -> Any:
        yield b"x"
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        yield b"y"

    with pytest.raises(Unavailable, match="moved, replaced or mounted over"):
        store.put("a", vanishing())
    assert not folder.exists()


def test_the_staged_file_vanishes(store: Store, folder: Path) -> None:
    def vanishing() -> Any:
        yield b"x"
        staged_in(folder)[0].unlink()

    with pytest.raises(Unavailable, match="vanished"):
        store.put("a", vanishing())
    assert names_in(folder) == []


@pytest.mark.parametrize(
    "call",
    [
        "open",
        "stat",
        "statvfs",
        "fstat",
        "fsync",
        "ftruncate",
        "dup",
        "link",
        "unlink",
        "rename",
        "fchmod",
        "setxattr",
        "pwrite",
    ],
)
@pytest.mark.parametrize("digests", ["auto", "sidecar"])
def test_whatever_fails_nothing_is_left(folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, digests: str) -> None:
    """The first call of each kind fails, then the second one, and so on until none is left to fail."""
    real = getattr(os, call)
    store = file_store(folder, mode="0640", digests=digests, block_size=65536, fsync=True)
    failing = 0
    while True:
        calls = 0

        def fails(*arguments: Any, at: int = failing, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == at + 1:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return real(*arguments, **options)

        before = open_files()
        with monkeypatch.context() as patch:
            patch.setattr(os, call, fails)
            try:
                store.put("a", pieces(3, 65536))
            except StoreError as error:
                told = error
            else:
                break
        assert isinstance(told.__cause__, OSError), told
        assert "Input/output error" in str(told)
        assert names_in(folder) == [], (call, failing)
        assert open_files() == before
        failing += 1
    assert failing or call == "setxattr" or calls == 0
    assert (folder / "a").read_bytes() == b"".join(pieces(3, 65536))


def test_a_failed_removal_does_not_keep_the_lock(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an abort cannot remove, `clean` finds while this process lives on."""

    def unlink(path: Any, *_: Any, **__: Any) -> None:
        raise OSError(errno.EIO, "Input/output error", str(path))

    def broken() -> Any:
        yield b"x"
        raise ValueError("the source broke")

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", unlink)
        with pytest.raises(ValueError, match="source broke") as caught:
            store.put("a", broken())
    assert any("orlop clean" in note for note in caught.value.__notes__)
    (left,) = store.leftovers()
    store.clean(left)
    assert names_in(folder) == []
