"""Mounts that hang, as a dead NFS server does: in FUSE calls, which nothing can interrupt, and frozen ext4."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from orlop import putting, reading
from orlop.errors import Unavailable
from orlop.store import Store

from servers.filesystems import LoopFilesystem
from servers.fuse_faults import FuseFaults, Rule
from tests.drivers.file.stores import MIB, file_store, names_in, open_files, pieces, wait_until

pytestmark = pytest.mark.server

SHORT: dict[str, Any] = {"deadline": 0.7, "commit_deadline": 0.7, "fsync": True, "mode": "0640", "digests": "xattr"}
GUARD = 10.0
"""Seconds in which a call must have ended; a hang ends only after 30."""


@pytest.fixture(autouse=True)
def _short_graces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(putting, "_GRACE", 0.2)
    monkeypatch.setattr(reading, "_CLOSE_GRACE", 0.2)


@pytest.fixture(scope="module")
def fuse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FuseFaults]:
    with FuseFaults(tmp_path_factory.mktemp("behind")) as mounted:
        yield mounted


@pytest.fixture
def dead(fuse: FuseFaults, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A directory of its own in the file system."""
    folder = fuse.path / str(abs(hash(request.node.name)))
    folder.mkdir()
    folder.chmod(0o755)
    yield folder
    fuse.clear()
    wait_until(nobody_works)


def nobody_works() -> bool:
    return not [one for one in threading.enumerate() if one.name.startswith("orlop-")]


def hanging(fuse: FuseFaults, folder: Path, operation: str) -> Rule:
    path = "/" if operation == "statfs" else f"/{folder.name}"
    rule = Rule(operation, path=path, hang=True)
    fuse.set(rule)
    return rule


def ends_in_time(call: Callable[[], object]) -> Unavailable:
    begun = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        call()
    assert time.monotonic() - begun < GUARD
    return caught.value


@pytest.mark.parametrize(
    "operation",
    [
        "getattr",
        "statfs",
        "create",
        "write",
        "truncate",
        "setxattr",
        "chmod",
        "fsync",
        "flush",
        "link",
        "rename",
        "fsyncdir",
    ],
)
def test_a_put_that_hangs(fuse: FuseFaults, dead: Path, operation: str) -> None:
    store = file_store(dead, **SHORT)
    behind = fuse._root / dead.name
    descriptors = open_files()
    hanging(fuse, dead, operation)
    error = ends_in_time(lambda: store.put("a", pieces(2)))
    assert fuse.hanging() >= 1
    assert error.hung
    if operation not in {"rename", "fsyncdir"}:
        assert not (behind / "a").exists()
    fuse.clear()
    wait_until(nobody_works)
    wait_until(lambda: names_in(dead) == [])
    assert open_files() == descriptors
    store.verify(store.put("a", pieces(2)).location)
    wait_until(lambda: names_in(dead) == ["a"])


CALLS: list[tuple[str, Callable[[Store, str], object]]] = [
    ("getattr", lambda store, location: store.stat(location)),
    ("listxattr", lambda store, location: store.stat(location)),
    ("getattr", lambda store, location: store.locate("a")),
    ("open", lambda store, location: store.open(location)),
    ("read", lambda store, location: store.verify(location)),
    ("readdir", lambda store, location: list(store.list())),
    ("readdir", lambda store, location: list(store.leftovers())),
    ("statfs", lambda store, location: store.space()),
    ("rename", lambda store, location: store.delete(location)),
    ("fsyncdir", lambda store, location: store.delete(location)),
]


@pytest.mark.parametrize(("operation", "call"), CALLS)
def test_any_other_call_that_hangs(
    fuse: FuseFaults, dead: Path, operation: str, call: Callable[[Store, str], object]
) -> None:
    """Unavailable in time; with too many that hang at once; and all is well when it is over."""
    store = file_store(dead, hang_limit=2, **SHORT)
    location = store.put("a", pieces(2)).location
    other = store.put("b", pieces(2)).location
    descriptors = open_files()
    hanging(fuse, dead, operation)
    ends_in_time(lambda: call(store, location))
    threads = threading.active_count()
    ends_in_time(lambda: call(store, location))
    refused = ends_in_time(lambda: call(store, location))
    assert "earlier calls to this store still hang" in str(refused)
    assert "earlier calls" in str(ends_in_time(lambda: store.put("c", b"x")))
    assert threading.active_count() <= threads + 2
    fuse.clear()
    wait_until(nobody_works)
    wait_until(lambda: open_files() <= descriptors)
    assert {stat.image_id for stat in store.list()} in ({"a", "b"}, {"b"})
    store.verify(other)


def test_closing_a_reader_is_not_held_up(fuse: FuseFaults, dead: Path) -> None:
    store = file_store(dead, **SHORT)
    location = store.put("a", pieces(1)).location
    reader = store.open(location)
    reader.read()
    hanging(fuse, dead, "flush")
    begun = time.monotonic()
    reader.close()
    assert time.monotonic() - begun < GUARD
    fuse.wait_for_hang()
    fuse.clear()


def test_check_says_so(fuse: FuseFaults, dead: Path) -> None:
    store = file_store(dead, **SHORT)
    hanging(fuse, dead, "create")
    begun = time.monotonic()
    (finding,) = store.check()
    assert time.monotonic() - begun < GUARD
    assert "no answer within" in finding.message
    fuse.clear()
    wait_until(nobody_works)
    wait_until(lambda: names_in(dead) == [])


def test_another_directory_does_not_help_but_nothing_is_lost(fuse: FuseFaults, dead: Path, tmp_path: Path) -> None:
    """With several directories each is asked, so one that hangs holds up the store; reading the others goes on."""
    tables = [{"path": str(dead), "priority": 1}, {"path": str(tmp_path / "alive")}]
    store = file_store(directories=tables, **SHORT)
    alive = file_store(tmp_path / "alive").put("a", b"x").location
    hanging(fuse, dead, "")
    ends_in_time(lambda: store.put("b", b"x"))
    store.verify(alive)
    fuse.clear()
    wait_until(nobody_works)
    wait_until(lambda: names_in(dead) == [])


def test_slow_is_not_hung(fuse: FuseFaults, dead: Path) -> None:
    store = file_store(dead, deadline=30)
    fuse.set(Rule("write", path=f"/{dead.name}", sleep=0.02), Rule("fsync", path=f"/{dead.name}", sleep=0.3))
    store.verify(store.put("a", pieces(2)).location)


def test_a_late_failure_is_as_good_as_none(fuse: FuseFaults, dead: Path) -> None:
    store = file_store(dead, **SHORT)
    fuse.set(Rule("fsync", path=f"/{dead.name}", hang=True, errno=errno.EIO))
    ends_in_time(lambda: store.put("a", pieces(2)))
    fuse.clear()
    wait_until(nobody_works)
    wait_until(lambda: names_in(dead) == [])


@pytest.mark.parametrize("size", [0, 4])
def test_a_frozen_file_system(size: int) -> None:
    with LoopFilesystem("ext4", 64 * MIB) as disk:
        folder = disk.path / "images"
        store = file_store(folder, **SHORT)
        kept = store.put("kept", b"x").location
        with disk.frozen():
            ends_in_time(lambda: store.put("a", pieces(size)))
            ends_in_time(lambda: store.delete(kept))
            store.verify(kept)  # reading goes on
        wait_until(nobody_works)
        assert names_in(folder) == []
        store.put("a", pieces(4))


def test_frozen_in_the_middle() -> None:
    with LoopFilesystem("ext4", 64 * MIB) as disk:
        store = file_store(disk.path / "images", **SHORT)

        def freezing() -> Iterator[bytes]:
            yield from pieces(3)
            disk.freeze()
            yield from pieces(3)

        ends_in_time(lambda: store.put("a", freezing()))
        disk.thaw()
        wait_until(nobody_works)
        assert names_in(disk.path / "images") == []
