"""Several users of one store: one id once, and nobody stops what another one does."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from orlop.capabilities import Capability
from orlop.drivers.file import publishing, upload
from orlop.drivers.file.folder import Folder
from orlop.errors import AlreadyExists, PermissionDenied
from orlop.store import Store
from orlop.support import publish

from servers.fuse_faults import FuseFaults, Rule
from tests.drivers.file.stores import file_store, names_in, several, staged_in, wait_until
from tests.drivers.file.test_mode import as_nobody

LOCK = ".orlop-publish.lock"


@pytest.fixture
def shared() -> Iterator[Path]:
    """Two directories that everyone may write to."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        for name in "ab":
            (Path(folder) / name).mkdir()
            (Path(folder) / name).chmod(0o777)
        yield Path(folder)


def both(shared: Path, first: str = "a") -> Store:
    return several(*({"path": str(shared / name), "priority": int(name == first)} for name in "ab"))


NOBODY_PUTS = """
from tests.drivers.file.stores import several
from orlop.errors import StoreError
store = several({{"path": "{0}/a"}}, {{"path": "{0}/b", "priority": 1}})
try: print(store.put("image", b"nobody's").location)
except StoreError as error: print(type(error).__name__, error)
"""


def test_another_user_takes_the_lock_that_root_has_made(shared: Path) -> None:
    both(shared).put("first", b"x")
    assert "/b/image" in as_nobody(NOBODY_PUTS.format(shared))
    with pytest.raises(AlreadyExists):
        both(shared).put("image", b"root's")


@pytest.mark.parametrize(("mode", "lock"), [(0o755, 0o600), (0o775, 0o660), (0o777, 0o666), (0o2770, 0o660)])
def test_the_lock_is_as_open_as_its_directory_and_belongs_to_its_owner(shared: Path, mode: int, lock: int) -> None:
    for name in "ab":
        os.chown(shared / name, 65534, 65534)
        (shared / name).chmod(mode)
    both(shared).put("image", b"x")
    for name in "ab":
        status = (shared / name / LOCK).stat()
        assert (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) == (lock, 65534, 65534)
        assert names_in(shared / name) == ([LOCK, "image"] if name == "a" else [LOCK])


def test_a_lock_that_may_not_be_taken_fails_the_put_and_is_told(shared: Path) -> None:
    """As 0.1 has left it: without the lock two images could get one id."""
    for name in "ab":
        (shared / name / LOCK).touch(mode=0o600)
    said = as_nobody(NOBODY_PUTS.format(shared))
    assert said.startswith("PermissionDenied")
    assert f"chown --reference={shared}/a {shared}/a/{LOCK}" in said
    assert [path for name in "ab" for path in staged_in(shared / name)] == []
    both(shared).put("first", b"x")  # its owner lets the others in
    assert "/b/image" in as_nobody(NOBODY_PUTS.format(shared))


def test_two_who_see_different_directories_share_a_lock(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sees both, to the other the first is not mounted: both lock the second."""
    held: list[str] = []
    real = publish.publish

    def publish_and_look(*arguments: Any) -> None:
        for name in "ab":
            with (shared / name / LOCK).open("rb") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    held.append(name)
        real(*arguments)

    monkeypatch.setattr(upload, "publish", publish_and_look)
    both(shared).put("one", b"x")
    assert held == ["a", "b"]
    held.clear()
    (shared / "a").chmod(0o700)
    several({"path": str(shared / "a"), "mount_point": str(shared / "a")}, shared / "b").put("two", b"x")
    assert held == ["b"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_where_a_directory_can_have_no_lock_the_second_look_decides(
    shared: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The other one publishes between the look and the link, in a directory that takes no lock from this one."""
    real: Callable[..., int] = Folder.open

    def opening(folder: Folder, name: bytes, flags: int, mode: int = 0o600) -> int:
        if name.endswith(b"-lock"):
            raise OSError(number, os.strerror(number))
        return real(folder, name, flags, mode)

    def publish_after_another(*arguments: Any) -> None:
        (shared / "b" / "image").write_bytes(b"other")
        publish.publish(*arguments)

    monkeypatch.setattr(Folder, "open", opening)
    monkeypatch.setattr(upload, "publish", publish_after_another)
    with pytest.raises(AlreadyExists, match="another directory"):
        both(shared).put("image", b"x")
    assert names_in(shared / "a") == []
    assert names_in(shared / "b") == ["image"]


def test_a_lock_that_is_removed_while_it_is_waited_for_is_taken_anew(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fcntl.flock
    removed: list[None] = []

    def flock(descriptor: int, operation: int) -> None:
        if operation == fcntl.LOCK_EX and not removed:
            removed.append(None)
            (shared / "a" / LOCK).unlink()
        real(descriptor, operation)

    monkeypatch.setattr(publishing.fcntl, "flock", flock)  # type: ignore[attr-defined]
    both(shared).put("image", b"x")
    assert removed
    assert (shared / "a" / LOCK).exists()


def test_clean_of_one_user_is_not_stopped_by_another_s_upload(shared: Path) -> None:
    folder = shared / "a"
    with (folder / ".orlop-upload-0000000000000000-theirs").open("xb") as living:
        fcntl.flock(living, fcntl.LOCK_EX)
        (folder / living.name).chmod(0o600)
        said = as_nobody(
            "import pathlib\nfrom tests.drivers.file.stores import file_store\n"
            f"folder = pathlib.Path({str(folder)!r})\n"
            "(folder / '.orlop-upload-ffffffffffffffff-own').write_bytes(b'x')\n"
            "store = file_store(folder)\n"
            "for left in store.leftovers(): store.clean(left)\n"
            "print(*(finding.message for finding in store.check()), sep='\\n')\n"
        )
    assert "1 files of uploads belong to other users" in said
    assert names_in(folder) == [".orlop-upload-0000000000000000-theirs"]


def test_a_user_who_may_not_write_says_so_at_once(shared: Path) -> None:
    for name in "ab":
        (shared / name).chmod(0o755)
    assert as_nobody(NOBODY_PUTS.format(shared)).startswith(PermissionDenied.__name__)


# A file system that does not say how full it is


@pytest.mark.server
@pytest.mark.parametrize("how", ["zeros", "ENOSYS"])
def test_a_file_system_without_statistics_is_tried(tmp_path: Path, how: str) -> None:
    with FuseFaults(tmp_path, space=how == "ENOSYS") as mounted:
        if how == "ENOSYS":
            mounted.set(Rule("statfs", errno=errno.ENOSYS))
        store = file_store(mounted.path, sparse=False)
        location = store.put("a", b"x" * 200_000, size=200_000).location
        store.verify(location)
        assert any("does not say how much room it has" in finding.message for finding in store.check())
        assert not any("free" in finding.message for finding in store.check())
        assert Capability.SPACE in store.lost
        with pytest.raises(Exception, match="does not say how much room"):
            store.space()
        store.delete(location)
        mounted.clear()
        wait_until(lambda: names_in(tmp_path) == [])
