"""Which directory a new image goes to."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from orlop.drivers.file import places
from orlop.drivers.file.settings import FileSettings
from orlop.errors import AlreadyExists, PermissionDenied, StoreError, StoreFull, Unavailable

from tests.drivers.file.stores import file_store, names_in, pieces, several


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Free bytes by the directory's name; to be filled."""
    given: dict[str, int] = {}
    monkeypatch.setattr(places, "free_bytes", lambda path: given[path.name])
    return given


def refuse(monkeypatch: pytest.MonkeyPatch, **refusals: int) -> None:
    """Let files be made in directories of these names with these errors."""
    real = os.open

    def opening(path: Any, flags: int, *arguments: Any, dir_fd: int | None = None) -> int:
        if dir_fd is not None and flags & os.O_CREAT:
            number = refusals.get(Path(f"/proc/self/fd/{dir_fd}").readlink().name)
            if number is not None:
                raise OSError(number, os.strerror(number), path)
        return real(path, flags, *arguments, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", opening)


def where(tmp_path: Path, image_id: str = "image") -> list[str]:
    return sorted(path.parent.name for path in tmp_path.glob(f"*/{image_id}"))


@pytest.mark.parametrize(
    ("a", "b", "size", "sparse", "chosen"),
    [
        ((0, 100), (0, 200), None, True, "b"),
        ((1, 100), (0, 200), None, True, "a"),
        ((1, 100), (0, 200), 100, True, "a"),
        ((1, 100), (0, 200), 101, True, "b"),
        ((-1, 900), (-2, 200), 1, True, "a"),
        ((1, 0), (0, 200), None, True, "b"),
        ((1, 0), (0, 200), 0, True, "b"),
        # It fits nowhere as it is, but may have holes.
        ((1, 100), (0, 200), 300, True, "b"),
        ((1, 100), (0, 200), 300, False, None),
        ((1, 0), (0, 0), 1, True, None),
    ],
)
def test_priority_then_free_space(
    tmp_path: Path, free: dict[str, int], a: Any, b: Any, size: int | None, sparse: bool, chosen: str | None
) -> None:
    free |= {"a": a[1], "b": b[1]}
    store = several(
        {"path": str(tmp_path / "a"), "priority": a[0]}, {"path": str(tmp_path / "b"), "priority": b[0]}, sparse=sparse
    )
    data = b"x" * (size or 0)
    if chosen is None:
        with pytest.raises(StoreFull, match=r"100 are free in .*/a.*200 are free in .*/b|0 are free.*0 are free"):
            store.put("image", data, size=size)
    else:
        store.put("image", data, size=size)
    assert where(tmp_path) == ([chosen] if chosen else [])


def test_directories_are_made_with_their_parents(tmp_path: Path) -> None:
    store = several(tmp_path / "x/y/a", tmp_path / "x/b", fsync=True)
    assert list(store.list()) == []
    assert store.space().free > 0
    assert [finding.severity.value for finding in store.check()] == ["ok", "ok"]
    assert not (tmp_path / "x").exists()
    store.put("image", b"x")
    assert (tmp_path / "x/b").is_dir()
    assert (tmp_path / "x/y/a").is_dir()


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE])
def test_a_directory_that_refuses_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    store = several({"path": str(tmp_path / "a"), "priority": 9}, tmp_path / "b")
    (tmp_path / "a").mkdir()
    refuse(monkeypatch, a=number)
    if number in {errno.EIO, errno.ESTALE}:
        with pytest.raises(StoreError):  # no lock can be had there, and it cannot be known why
            store.put("image", b"x")
        assert where(tmp_path) == []
    else:
        store.put("image", b"x")
        assert where(tmp_path) == ["b"]
        with pytest.raises(AlreadyExists):
            store.put("image", b"x")


@pytest.mark.parametrize(
    ("a", "b", "kind"),
    [
        (errno.EROFS, errno.EACCES, PermissionDenied),
        (errno.EROFS, errno.ENOSPC, StoreFull),
        (errno.EDQUOT, errno.EIO, StoreFull),
        (errno.ESTALE, errno.EROFS, Unavailable),
    ],
)
def test_all_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, a: int, b: int, kind: type[StoreError]) -> None:
    store = several({"path": str(tmp_path / "a"), "priority": 9}, tmp_path / "b")
    refuse(monkeypatch, a=a, b=b)
    with pytest.raises(kind) as caught:
        store.put("image", b"x")
    assert os.strerror(a) in str(caught.value)
    assert os.strerror(b) in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError)


def test_images_of_all_directories_are_found(tmp_path: Path) -> None:
    for name in "ab":
        file_store(tmp_path / name).put(f"in {name}", b"x")
    store = several(tmp_path / "a", tmp_path / "b")
    assert [stat.image_id for stat in store.list()] == ["in a", "in b"]
    assert store.locate("in b").endswith("/b/in%20b")
    with pytest.raises(AlreadyExists):
        store.put("in b", b"x")
    store.delete(store.locate("in b"))
    assert names_in(tmp_path / "b") == []


def test_space_counts_a_file_system_once(tmp_path: Path) -> None:
    one, two = file_store(tmp_path / "a").space(), several(tmp_path / "a", tmp_path / "b").space()
    assert one.total == two.total
    assert 0 < two.free <= two.total
    assert two.used <= two.total


class Recorder:
    """What is synced and linked, in order."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.seen: list[str] = []
        sync, link, unlink = os.fsync, os.link, os.unlink

        def fsync(descriptor: int) -> None:
            name = Path(f"/proc/self/fd/{descriptor}").readlink().name
            self.seen.append("sync " + ("staged" if name.startswith(".orlop-upload") else name))
            sync(descriptor)

        def linking(*arguments: Any, **options: Any) -> None:
            self.seen.append("link")
            link(*arguments, **options)

        def unlinking(path: Any, *arguments: Any, **options: Any) -> None:
            if path == b"image":
                self.seen.append("unlink")
            unlink(path, *arguments, **options)

        patch.setattr(os, "fsync", fsync)
        patch.setattr(os, "link", linking)
        patch.setattr(os, "unlink", unlinking)


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, ["sync staged", "link", "sync images", "unlink", "sync images"]),
        ({"digests": "sidecar"}, ["sync staged", "sync staged", "link", "sync images", "unlink", "sync images"]),
        ({"fsync": False}, ["link", "unlink"]),
        ({"fsync": False, "digests": "sidecar"}, ["link", "unlink"]),
    ],
)
def test_file_and_folder_reach_the_disk_in_order(
    folder: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], wanted: list[str]
) -> None:
    store = file_store(folder, **{"fsync": True, **settings})
    recorder = Recorder(monkeypatch)
    store.delete(store.put("image", pieces(2)).location)
    assert recorder.seen == wanted


def test_fsync_is_on_by_default(folder: Path) -> None:

    assert FileSettings(path=folder).fsync


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EBADF, errno.EOPNOTSUPP])
def test_a_file_system_that_cannot_sync_folders(folder: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().is_dir():
            raise OSError(number, os.strerror(number))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    file_store(folder, fsync=True).put("a", b"x")


def test_a_new_directory_s_parents_reach_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)
    file_store(tmp_path / "x" / "images", fsync=True).put("image", b"x")
    assert recorder.seen == [f"sync {name}" for name in (tmp_path.name, "x", "staged")] + ["link", "sync images"]
