"""Errors of a file system (FUSE), in every call that a store makes."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from orlop.capabilities import Capability
from orlop.errors import BackendError, PermissionDenied, StoreError, StoreFull, Unavailable
from orlop.store import Store

from servers.fuse_faults import FuseFaults, Rule
from tests.drivers.file.stores import MIB, file_store, names_in, open_files, pieces, wait_until

pytestmark = pytest.mark.server

KINDS = {
    errno.EIO: BackendError,
    errno.ESTALE: Unavailable,
    errno.ETIMEDOUT: Unavailable,
    errno.ENOSPC: StoreFull,
    errno.EDQUOT: StoreFull,
    errno.EACCES: PermissionDenied,
    errno.EROFS: PermissionDenied,
}
PUT = ["statfs", "create", "write", "truncate", "setxattr", "chmod", "fsync", "flush", "link", "rename", "fsyncdir"]
# libfuse removes an open file by renaming it, as NFS does; the last close removes it for good.


@pytest.fixture(scope="module")
def fuse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FuseFaults]:
    with FuseFaults(tmp_path_factory.mktemp("behind")) as mounted:
        yield mounted


@pytest.fixture
def faulty(fuse: FuseFaults, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A directory of its own in the file system."""
    fuse.clear()
    folder = fuse.path / str(abs(hash(request.node.name)))
    folder.mkdir()
    yield folder
    fuse.clear()


def settled(store: Store, folder: Path) -> list[str]:
    """What is in the directory once the faults are over and `clean` has run."""
    for left in store.leftovers():
        store.clean(left)
    return names_in(folder)


@pytest.mark.parametrize("number", list(KINDS), ids=lambda number: errno.errorcode[number])
@pytest.mark.parametrize("operation", PUT)
def test_a_put_that_fails(fuse: FuseFaults, faulty: Path, operation: str, number: int) -> None:
    store = file_store(faulty, mode="0640", fsync=True, digests="xattr", attempts=2)
    faulty.chmod(0o755)
    descriptors = open_files()
    with fuse.rules(Rule(operation, errno=number)), pytest.raises(KINDS[number]) as caught:
        store.put("a", pieces(2))
    assert os.strerror(number) in str(caught.value)
    assert "disk: put a" in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError)
    if operation == "rename" and KINDS[number] is not Unavailable:
        # The hidden name could not be removed either, and is found later. What may pass is tried again; by then the
        # file is closed, and removing it is no rename for FUSE any more.
        assert any("orlop clean" in note for note in caught.value.__notes__)
        assert len(list(store.leftovers())) == 1
    else:
        wait_until(lambda: names_in(faulty) == [])
    wait_until(lambda: settled(store, faulty) == [])
    assert open_files() == descriptors
    store.verify(store.put("a", pieces(2)).location)


@pytest.mark.parametrize("operation", PUT)
def test_a_single_failure_leaves_nothing(fuse: FuseFaults, faulty: Path, operation: str) -> None:
    store = file_store(faulty, mode="0640", fsync=True, digests="xattr", attempts=1)
    with fuse.rules(Rule(operation, errno=errno.EIO, times=1)), pytest.raises(BackendError):
        store.put("a", pieces(2))
    wait_until(lambda: names_in(faulty) == [])


def test_a_write_that_may_pass_is_tried_again(fuse: FuseFaults, faulty: Path) -> None:
    store = file_store(faulty)
    with fuse.rules(Rule("write", errno=errno.ESTALE, after=3, times=2)):
        location = store.put("a", pieces(3)).location
    store.verify(location)


def test_no_space_in_the_middle(fuse: FuseFaults, faulty: Path) -> None:
    store = file_store(faulty)
    with fuse.rules(Rule("write", errno=errno.ENOSPC, after=10)), pytest.raises(StoreFull):
        store.put("a", pieces(8))
    wait_until(lambda: names_in(faulty) == [])


READING: list[tuple[str, Callable[[Store, str], object]]] = [
    ("getattr", lambda store, location: store.stat(location)),
    ("getattr", lambda store, location: store.exists(location)),
    ("getattr", lambda store, location: store.locate("a")),
    ("getattr", lambda store, location: store.put("b", b"x")),
    ("listxattr", lambda store, location: store.stat(location)),
    ("getxattr", lambda store, location: store.stat(location)),
    ("open", lambda store, location: store.open(location)),
    ("read", lambda store, location: store.verify(location)),
    ("readdir", lambda store, location: list(store.list())),
    ("readdir", lambda store, location: list(store.leftovers())),
    ("statfs", lambda store, location: store.space()),
    # The image is open, and locked, while it is deleted: then libfuse removes it by a rename.
    ("rename", lambda store, location: store.delete(location)),
    ("fsyncdir", lambda store, location: store.delete(location)),
]


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE], ids=lambda number: errno.errorcode[number])
@pytest.mark.parametrize(("operation", "call"), READING)
def test_any_other_call_that_fails(
    fuse: FuseFaults, faulty: Path, operation: str, call: Callable[[Store, str], object], number: int
) -> None:
    """And never NotFound: nobody may conclude that an image is gone."""
    store = file_store(faulty, attempts=2, fsync=True)
    location = store.put("a", pieces(2)).location
    descriptors = open_files()
    with fuse.rules(Rule(operation, path=f"/{faulty.name}", errno=number)), pytest.raises(KINDS[number]):
        call(store, location)
    assert open_files() <= descriptors
    if operation != "fsyncdir":
        store.verify(location)


def test_a_read_that_breaks_off_goes_on_where_it_was(fuse: FuseFaults, faulty: Path) -> None:
    store = file_store(faulty)
    location = store.put("a", pieces(8)).location
    with fuse.rules(Rule("read", errno=errno.ESTALE, after=20, times=3)), store.open(location, verify=True) as reader:
        assert len(reader.read()) == 8 * MIB


def test_check_and_space_left_when_it_fails(fuse: FuseFaults, faulty: Path) -> None:
    store = file_store(faulty)
    for operation in ("statfs", "create", "write", "setxattr", "readdir", "getattr"):
        with fuse.rules(Rule(operation, errno=errno.EIO)):
            try:
                findings = store.check()
            except StoreError:  # pragma: no cover - it must not
                pytest.fail(f"check raised when {operation} failed")
        if operation != "readdir":
            assert any("Input/output error" in finding.message for finding in findings), operation
        wait_until(lambda: settled(store, faulty) == [])


def test_without_attributes_digests_are_kept_beside(tmp_path: Path) -> None:
    with FuseFaults(tmp_path, xattrs=False) as fuse:
        folder = fuse.path / "images"
        store = file_store(folder)
        location = store.put("a", b"x").location
        wait_until(lambda: names_in(folder) == [".orlop-digests-a", "a"])
        store.verify(location)
        with fuse.rules(Rule("rename", errno=errno.EIO)), pytest.raises(BackendError):
            store.put("b", b"x")  # the sidecar gets its name by renaming
        wait_until(lambda: settled(store, folder) == [".orlop-digests-a", "a"])
        with fuse.rules(Rule("rename", errno=errno.EIO)), pytest.raises(BackendError):
            store.delete(location)
        store.verify(location)
        store.delete(location)
        wait_until(lambda: names_in(folder) == [])


def test_without_links_and_with(tmp_path: Path) -> None:
    """libfuse 2 cannot rename without replacing either: then it is refused, and said why."""
    with FuseFaults(tmp_path) as fuse:
        store = file_store(fuse.path)
        for number in (errno.EPERM, errno.EOPNOTSUPP):
            with fuse.rules(Rule("link", errno=number)), pytest.raises(StoreError, match="neither hard links nor"):
                store.put("a", b"x")
            wait_until(lambda: names_in(tmp_path) == [])
        with fuse.rules(Rule("link", errno=errno.EPERM)):
            assert any("neither hard links nor" in finding.message for finding in store.check())
            assert Capability.WRITE_ACCESS in store.lost
        store.check()
        store.put("a", b"x")
        wait_until(lambda: names_in(tmp_path) == ["a"])


def test_the_file_system_dies(tmp_path: Path) -> None:
    """ENOTCONN, as when a FUSE process has ended."""
    with FuseFaults(tmp_path) as fuse:
        store = file_store(fuse.path, attempts=1)
        location = store.put("a", b"x").location
        with fuse.rules(Rule(errno=errno.ENOTCONN)):
            for call in (lambda: store.put("b", b"x"), lambda: store.stat(location), lambda: store.delete(location)):
                with pytest.raises(Unavailable):
                    call()
        store.verify(location)
