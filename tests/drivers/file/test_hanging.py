"""A call that hangs ends in Unavailable, costs one thread, and leaves nothing once it comes back."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from orlop import putting, reading
from orlop.errors import Unavailable
from orlop.store import Store

from tests.drivers.file.stores import file_store, names_in, open_files, pieces, wait_until

# Shorter than the guards of the tests, longer than anything here that does not hang.
SHORT = {"deadline": 0.2, "commit_deadline": 0.2, "fsync": True}
LONG = {"deadline": 30, "commit_deadline": 30, "fsync": True}


class Hang:
    """Makes one function of `os` wait until it is let go; only for the threads of the store."""

    def __init__(self, patch: pytest.MonkeyPatch, name: str) -> None:
        real = getattr(os, name)
        self.go = threading.Event()
        self.met = threading.Event()

        def hanging(*arguments: Any, **options: Any) -> Any:
            if threading.current_thread().name.startswith("orlop-"):
                self.met.set()
                self.go.wait(60)
            return real(*arguments, **options)

        patch.setattr(os, name, hanging)


@pytest.fixture
def hang(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Hang]]:
    monkeypatch.setattr(putting, "_GRACE", 0.1)
    monkeypatch.setattr(reading, "_CLOSE_GRACE", 0.1)
    made: list[Hang] = []

    def make(name: str) -> Hang:
        made.append(Hang(monkeypatch, name))
        return made[-1]

    yield make
    for one in made:
        one.go.set()
    wait_until(lambda: not [one for one in threading.enumerate() if one.name.startswith("orlop-")])


def _hangs(folder: Path, one: Hang) -> None:
    """Put an image until it meets the hang: on a busy machine a short deadline may end it before, and proves nothing."""
    for seconds in (0.2, 1.0, 5.0, 25.0):
        limits = {**SHORT, "deadline": seconds, "commit_deadline": seconds}
        with pytest.raises(Unavailable, match=r"no answer|not been answered"):
            file_store(folder, **limits).put("a", pieces(2))
        if one.met.is_set():
            return
    pytest.fail("it has never been called")


@pytest.mark.parametrize(
    "call", ["statvfs", "open", "pwrite", "ftruncate", "fsync", "link", "unlink", "setxattr", "stat"]
)
def test_a_put_that_hangs(folder: Path, hang: Callable[[str], Hang], call: str) -> None:
    before = open_files()
    one = hang(call)
    _hangs(folder, one)
    store = file_store(folder, **LONG)
    assert "a" not in names_in(folder) or call == "unlink"  # linked, and the hidden name still there
    one.go.set()
    wait_until(lambda: names_in(folder) == [])
    wait_until(lambda: open_files() <= before)
    store.put("a", pieces(2))
    assert names_in(folder) == ["a"]


@pytest.mark.parametrize("call", ["ftruncate", "setxattr", "fsync"])
def test_a_put_that_was_given_up_is_never_seen(
    folder: Path, hang: Callable[[str], Hang], monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Not even for the moment between a late commit and its abort."""
    linked: list[Any] = []
    monkeypatch.setattr(os, "link", lambda *names, **_: linked.append(names))
    one = hang(call)
    _hangs(folder, one)
    one.go.set()
    wait_until(lambda: names_in(folder) == [])
    wait_until(lambda: not [one for one in threading.enumerate() if one.name.startswith("orlop-")])
    assert linked == []


CALLS: list[tuple[str, Callable[[Store, str], object]]] = [
    ("stat", lambda store, location: store.stat(location)),
    ("listxattr", lambda store, location: store.stat(location)),
    ("open", lambda store, location: store.open(location)),
    ("pread", lambda store, location: store.open(location).read()),
    ("unlink", lambda store, location: store.delete(location)),
    ("listdir", lambda store, location: list(store.list())),
    ("listdir", lambda store, location: list(store.leftovers())),
    ("statvfs", lambda store, location: store.space()),
    ("stat", lambda store, location: store.locate("a")),
]


@pytest.mark.parametrize(("call", "work"), CALLS)
def test_any_other_call(
    folder: Path, hang: Callable[[str], Hang], call: str, work: Callable[[Store, str], object]
) -> None:
    location = file_store(folder, **LONG).put("a", b"x").location
    store = file_store(folder, hang_limit=2, **{**SHORT, "deadline": 0.5})
    before = open_files()
    one = hang(call)
    for _ in range(2):
        with pytest.raises(Unavailable):
            work(store, location)
    assert one.met.wait(60)  # a call that was given up on a busy machine comes to the hang all the same
    threads = threading.active_count()
    with pytest.raises(Unavailable, match="earlier calls"):
        work(store, location)
    with pytest.raises(Unavailable, match="earlier calls"):
        store.put("b", b"x")
    assert threading.active_count() <= threads
    one.go.set()
    wait_until(lambda: not [one for one in threading.enumerate() if one.name.startswith("orlop-")])
    wait_until(lambda: open_files() <= before)
    store = file_store(folder, **LONG)
    store.put("b", b"x")
    assert [stat.image_id for stat in store.list()] in (["a", "b"], ["b"])


def test_check_tells_of_a_hang(folder: Path, hang: Callable[[str], Hang]) -> None:
    store = file_store(folder, **SHORT)
    hang("statvfs")
    (finding,) = store.check()
    assert "no answer" in finding.message


def test_a_hang_in_one_store_is_not_another_s(folder: Path, tmp_path: Path, hang: Callable[[str], Hang]) -> None:
    dead, alive = file_store(folder, hang_limit=1, **SHORT), file_store(tmp_path / "other")
    location = file_store(folder, **LONG).put("a", b"x").location
    one = hang("listxattr")
    with pytest.raises(Unavailable):
        dead.stat(location)
    alive.put("a", b"x")
    one.go.set()
