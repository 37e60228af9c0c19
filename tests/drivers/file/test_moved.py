"""The directory is moved, copied and switched, replaced or restored in place while it is used."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from orlop.drivers.file import driver, identity, keeping, names, spelling, upload
from orlop.drivers.file.folder import Folder
from orlop.errors import NotFound, StoreError, Unavailable
from orlop.store import Store
from orlop.support import publish

from tests.drivers.file.stores import file_store, names_in, open_files, staged_in


def switched(folder: Path) -> None:
    """As an administrator migrates a store: copied, moved away, the copy in its place."""
    shutil.copytree(folder, folder.with_name("copy"), symlinks=True)
    folder.rename(folder.with_name("old"))
    folder.with_name("copy").rename(folder)


def replaced(folder: Path) -> None:
    folder.rename(folder.with_name("old"))
    folder.mkdir()


def renamed(folder: Path) -> None:
    folder.rename(folder.with_name("old"))


def linked(folder: Path) -> None:
    """By a link to a directory elsewhere."""
    folder.rename(folder.with_name("old"))
    folder.with_name("elsewhere").mkdir()
    folder.symlink_to("elsewhere")


MOVES = [switched, replaced, renamed, linked]


def during(move: Callable[[], object]) -> Iterator[bytes]:
    yield b"x" * 200_000
    move()
    yield b"y" * 200_000


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("digests", ["auto", "sidecar"])
def test_an_upload_into_a_directory_that_is_moved_fails_and_nothing_is_seen(
    folder: Path, move: Callable[[Path], None], digests: str
) -> None:
    store = file_store(folder, digests=digests, block_size=65536)
    before = open_files()
    with pytest.raises(Unavailable, match="moved, replaced or mounted over"):
        store.put("a", during(lambda: move(folder)))
    assert list(store.list()) == []
    assert names_in(folder.with_name("old")) == []
    for left in store.leftovers():  # the copy of what was being written
        store.clean(left)
    assert not folder.exists() or names_in(folder) == []
    assert open_files() == before
    store.verify(store.put("a", b"again").location)


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("moment", ["before the link", "after the link", "before the sidecar", "after the sidecar"])
def test_whatever_the_moment_of_the_move_a_put_that_succeeds_can_be_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, move: Callable[[Path], None], moment: str
) -> None:
    real: dict[str, Any] = {"link": publish.publish, "sidecar": Folder.rename}
    call = moment.rpartition(" ")[2]
    done: list[None] = []

    def moving(*arguments: Any) -> Any:
        now = not done and (call == "link" or arguments[2].startswith(b".orlop-digests"))
        if now:
            done.append(None)
        if now and moment.startswith("before"):
            move(folder)
        result = real[call](*arguments)
        if now and moment.startswith("after"):
            move(folder)
        return result

    monkeypatch.setattr(*((upload, "publish", moving) if call == "link" else (Folder, "rename", moving)))
    store = file_store(folder, digests="sidecar")
    with pytest.raises(Unavailable, match="moved, replaced or mounted over"):
        store.put("a", b"x")
    assert done
    assert [name for name in names_in(folder.with_name("old")) if not name.startswith(".orlop-upload")] == []


def test_a_foreign_file_under_the_hidden_name_is_not_published(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restore in place puts other files under the same names; also where only the name can be linked."""
    real = os.link

    def by_name_only(source: Any, target: Any, **options: Any) -> None:
        if isinstance(source, str):
            raise FileNotFoundError(errno.ENOENT, "no /proc")
        real(source, target, **options)

    for patch in (False, True):
        if patch:
            monkeypatch.setattr(os, "link", by_name_only)

        def restored() -> Iterator[bytes]:
            yield b"x" * 200_000
            (path,) = staged_in(folder)
            path.with_name("restored").write_bytes(b"x")
            path.with_name("restored").rename(path)
            yield b"y" * 200_000

        store = file_store(folder, block_size=65536)
        with pytest.raises(Unavailable, match="vanished"):
            store.put("a", restored())
        for left in store.leftovers():
            store.clean(left)
        assert names_in(folder) == []


def test_without_proc_images_are_published_by_name(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.link

    def by_name_only(source: Any, target: Any, **options: Any) -> None:
        if isinstance(source, str):
            raise FileNotFoundError(errno.ENOENT, "no /proc")
        real(source, target, **options)

    monkeypatch.setattr(os, "link", by_name_only)
    store.verify(store.put("a", b"x").location)
    assert names_in(folder) == ["a"]


@pytest.mark.parametrize("move", [switched, replaced])
def test_a_delete_in_a_directory_that_is_moved_says_so_and_leaves_the_other_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, move: Callable[[Path], None]
) -> None:
    """Never NotFound: the image may be in the other directory, and its bytes must not be forgotten."""
    store = file_store(folder, attempts=1)
    location = store.put("a", b"x").location
    real = identity.identity_of

    def identity_of(*arguments: Any) -> str:
        found: str = real(*arguments)
        move(folder)
        if move is replaced:
            (folder / "a").write_bytes(b"another")
        return found

    monkeypatch.setattr(driver, "identity_of", identity_of)
    with pytest.raises(Unavailable, match="replaced"):
        store.delete(location)
    monkeypatch.undo()
    assert (folder / "a").exists()
    store.delete(location)
    assert names_in(folder) == []


def test_an_absent_image_in_a_directory_that_is_mounted_over_meanwhile_is_not_not_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = file_store(folder, attempts=1)
    real = spelling.has_exactly

    def has_exactly(*arguments: Any) -> bool:
        found = real(*arguments)
        replaced(folder)
        return found

    monkeypatch.setattr(driver, "has_exactly", has_exactly)
    with pytest.raises(Unavailable, match="replaced"):
        store.stat(f"file://{folder}/a")


def test_a_listing_of_a_directory_that_is_moved_is_not_cut_short(folder: Path) -> None:
    for number in range(3):
        (folder / f"{number:03}").write_bytes(b"x")
    listing = file_store(folder)._driver.list()
    next(listing)
    replaced(folder)
    with pytest.raises(Unavailable, match="replaced while it was listed"):
        list(listing)


# A name that passes to another image


def another(folder: Path, image_id: str = "a") -> Callable[[], None]:
    """Another process deletes the image, and puts another one under its id."""

    def change() -> None:
        other = file_store(folder, digests="sidecar")
        other.delete(other.locate(image_id))
        other.put(image_id, b"another one")

    return change


@pytest.mark.parametrize("digests", ["auto", "sidecar"])
def test_a_repeated_delete_leaves_a_new_image_of_the_same_id(
    folder: Path, monkeypatch: pytest.MonkeyPatch, digests: str
) -> None:
    """The first try removes the image and fails at the sync; by the second one there is another."""
    store = file_store(folder, fsync=True, digests=digests)
    location = store.put("a", b"old").location
    real = Folder.sync
    calls: list[None] = []

    def sync(folder_: Folder) -> None:
        calls.append(None)
        if len(calls) == 1:
            file_store(folder, digests=digests).put("a", b"another one")
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        real(folder_)

    monkeypatch.setattr(Folder, "sync", sync)
    store.delete(location)
    with store.open(location, verify=True) as reader:
        assert reader.read() == b"another one"
    assert len(calls) >= 2


def test_a_delete_does_not_touch_an_image_that_came_after_it_was_identified(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = file_store(folder, digests="sidecar")
    location = store.put("a", b"old one").location
    real = identity.identity_of

    def identity_of(*arguments: Any) -> str:
        monkeypatch.undo()
        found: str = real(*arguments)
        another(folder)()
        return found

    monkeypatch.setattr(driver, "identity_of", identity_of)
    with pytest.raises(NotFound):
        store.delete(location)
    store.verify(location)
    assert names_in(folder) == [".orlop-digests-a", "a"]


@pytest.mark.parametrize("known", [True, False], ids=["generation known", "generation unknown"])
def test_a_text_that_is_no_identity_is_of_no_image(folder: Path, monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
    """Also where file systems tell no generation (FUSE): that it is unknown does not make any text match."""
    if not known:
        monkeypatch.setattr(identity, "_generation", lambda *_: "-")
    file_driver = file_store(folder)._driver
    (folder / "a").write_bytes(b"x")
    location = f"file://{folder}/a"
    meant = file_driver.identify(location)
    for text in ("", "/", meant + "x", meant + "/", meant + "\n", meant + "-", "x" + meant, meant.rpartition("/")[0]):
        with pytest.raises(NotFound):
            file_driver.delete(location, text)
    assert names_in(folder) == ["a"]
    file_driver.delete(location, meant)
    assert names_in(folder) == []


def test_an_inode_that_is_used_again_is_another_image(folder: Path) -> None:
    """Also of the same size, written in the same moment: ext4 gives the number to the next file at once."""
    file_driver = file_store(folder)._driver
    path, location = folder / "a", f"file://{folder}/a"
    for _ in range(50):
        path.write_bytes(b"old")
        meant = file_driver.identify(location)
        path.unlink()
        path.write_bytes(b"new")
        status = path.stat()
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
        with pytest.raises(NotFound):
            file_driver.delete(location, meant)
        assert path.read_bytes() == b"new"


@pytest.mark.parametrize("change", ["chmod", "hard link", "attribute", "read"])
def test_what_changes_about_an_image_makes_no_other_one_of_it(folder: Path, change: str) -> None:
    """A backup by hard links between the look and the deletion: the image goes all the same, and is not forgotten."""
    file_driver = file_store(folder)._driver
    location = file_store(folder).put("a", b"x").location
    meant = file_driver.identify(location)
    path = folder / "a"
    {
        "chmod": lambda: path.chmod(0o400),
        "hard link": lambda: os.link(path, folder.with_name("backup")),
        "attribute": lambda: os.setxattr(path, "user.other", b"x"),
        "read": path.read_bytes,
    }[change]()
    file_driver.delete(location, meant)
    assert names_in(folder) == []


def test_digests_put_aside_by_a_try_that_failed_go_with_the_next_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = file_store(folder, digests="sidecar")
    location = store.put("a", b"x").location
    real = Folder.unlink
    failed: list[bytes] = []

    def unlink(folder_: Folder, name: bytes, *, missing_ok: bool = False) -> None:
        if name.startswith(b".orlop-upload-") and not failed:
            failed.append(name)
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        real(folder_, name, missing_ok=missing_ok)

    monkeypatch.setattr(Folder, "unlink", unlink)
    store.delete(location)
    assert failed
    assert names_in(folder) == []


def test_an_abort_after_a_late_commit_leaves_another_image_alone(folder: Path) -> None:
    file_driver = file_store(folder)._driver
    late = file_driver.upload("a", None)
    late.write(0, b"late")
    late.commit(4, {})
    another(folder)()
    late.abort()
    with file_store(folder).open(f"file://{folder}/a") as reader:
        assert reader.read() == b"another one"


def test_an_abort_after_a_late_commit_takes_the_image_away(folder: Path) -> None:
    before = open_files()
    late = file_store(folder, digests="sidecar")._driver.upload("a", None)
    late.write(0, b"late")
    late.commit(4, {"sha256": "0" * 64})
    assert names_in(folder) == [".orlop-digests-a", "a"]
    late.abort()
    late.abort()
    assert names_in(folder) == []
    assert open_files() == before


def test_two_who_delete_one_image_are_told_apart(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one waits for the first, and then does not find it."""
    store = file_store(folder, digests="sidecar")
    location = store.put("a", b"x").location
    real = names.staged_name
    second: list[object] = []

    def staged_name(*arguments: Any) -> bytes:
        monkeypatch.undo()
        descriptor = os.open(folder / "a", os.O_RDONLY)
        try:  # what another process would try
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            second.append(error)
        finally:
            os.close(descriptor)
        return real(*arguments)

    monkeypatch.setattr(keeping, "staged_name", staged_name)
    store.delete(location)
    assert second


@pytest.mark.parametrize("call", ["open", "stat", "delete", "locate"])
def test_a_store_whose_directory_is_a_loop_of_links_is_unavailable(folder: Path, call: str) -> None:
    store = file_store(folder, attempts=1)
    folder.rmdir()
    folder.symlink_to(folder)
    argument = "a" if call == "locate" else f"file://{folder}/a"
    with pytest.raises(StoreError) as caught:
        getattr(store, call)(argument)
    assert isinstance(caught.value, Unavailable)
