"""What lies in a store's directory and is no image, no digests and no upload hangs nothing and stops nothing."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from orlop.drivers.file.folder import Folder
from orlop.errors import AlreadyExists, BackendError, InvalidLocation, NotFound, StoreError, Unavailable
from orlop.store import Store

from tests.drivers.file.stores import file_store, names_in, open_files, pieces

SIDECAR = ".orlop-digests-a"


def fifo(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    folder = os.open(path.parent, os.O_PATH)  # the whole path may be longer than a socket's may be
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def link(path: Path) -> None:
    secret = path.parent.with_name("secret")
    secret.write_text('{"sha256": "' + "0" * 64 + '"}')
    path.symlink_to(secret)


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def mkdir(path: Path) -> None:
    path.mkdir()


def device(path: Path) -> None:
    os.mknod(path, 0o20600, os.makedev(1, 5))  # /dev/zero


CONTENTS = ["[" * 100_000, "{" * 1000, "9" * 10_000, '{"sha256": {"a": 1}}', '{"sha256": null}', '{"": "00000000"}',
            '{"sha256": "' + "\u0660" * 64 + '"}', '{"sha256": "xyz"}', '{"a b": "00000000"}', "NaN", "\0"]  # fmt: skip
ODD: dict[str, Callable[[Path], object]] = {
    one.__name__: one for one in (fifo, a_socket, endless, link, loop, huge, device, mkdir)
} | {f"content {number}": partial(Path.write_text, data=text) for number, text in enumerate(CONTENTS)}


@pytest.mark.parametrize("odd", list(ODD))
def test_an_odd_sidecar_is_as_good_as_none(folder: Path, odd: str) -> None:
    if odd == "device" and os.geteuid():
        pytest.skip("only root can make devices")
    store = file_store(folder, digests="sidecar", deadline=20)
    location = store.put("a", b"x").location
    store.put("b", b"y")
    (folder / SIDECAR).unlink()
    ODD[odd](folder / SIDECAR)
    before = open_files()
    assert store.stat(location).digests == {}
    assert {stat.image_id: len(stat.digests) for stat in store.list()} == {"a": 0, "b": 1}
    assert open_files() == before
    store.delete(location)
    with pytest.raises(NotFound):
        store.stat(location)
    left = [name for name in names_in(folder) if name not in {"b", ".orlop-digests-b"}]
    assert left == [] or odd == "mkdir"  # a folder is nobody's sidecar


@pytest.mark.parametrize("odd", ["fifo", "a_socket", "endless", "link", "loop", "device", "mkdir"])
def test_an_odd_image_is_told_and_stops_nothing(store: Store, folder: Path, odd: str) -> None:
    if odd == "device" and os.geteuid():
        pytest.skip("only root can make devices")
    ODD[odd](folder / "a")
    store.put("b", b"y")
    for call in (store.open, store.stat, store.delete):
        with pytest.raises(InvalidLocation, match="no regular file"):
            call(f"file://{folder}/a")
    with pytest.raises(AlreadyExists):
        store.put("a", b"x")
    assert [stat.image_id for stat in store.list()] == ["b"]
    assert names_in(folder) == ["a", "b"]


@pytest.mark.parametrize("odd", ["fifo", "a_socket", "endless", "link", "loop", "device", "mkdir"])
@pytest.mark.parametrize("name", [".orlop-upload-0123456789abcdef-a", ".orlop-digests-z", ".orlop-publish.lock"])
def test_an_odd_hidden_file_stops_nothing(store: Store, folder: Path, odd: str, name: str) -> None:
    if odd == "device" and os.geteuid():
        pytest.skip("only root can make devices")
    ODD[odd](folder / name)
    dead = folder / ".orlop-upload-ffffffffffffffff-dead"
    dead.write_bytes(b"x")
    store.put("b", b"y")
    (left,) = store.leftovers()
    assert left.place == str(dead)
    store.clean(left)
    store.delete(store.locate("b"))
    assert names_in(folder) == [name]


@pytest.mark.parametrize("odd", ["fifo", "a_socket", "endless", "link", "loop", "device"])
@pytest.mark.parametrize("digests", ["auto", "sidecar", "none"])
def test_an_odd_sidecar_that_lies_there_already_goes_with_the_new_image(folder: Path, odd: str, digests: str) -> None:
    if odd == "device" and os.geteuid():
        pytest.skip("only root can make devices")
    ODD[odd](folder / SIDECAR)
    store = file_store(folder, digests=digests)
    location = store.put("a", b"x", digests=[] if digests == "none" else ["sha256"]).location
    assert names_in(folder) == ([SIDECAR, "a"] if digests == "sidecar" else ["a"])
    assert len(store.stat(location).digests) == (digests != "none")


def test_a_folder_of_a_sidecar_s_name_is_nobody_s(store: Store, folder: Path) -> None:
    (folder / SIDECAR).mkdir()
    store.verify(store.put("a", b"x").location)
    (folder / ".orlop-digests-b").mkdir()
    with pytest.raises(StoreError, match="Is a directory"):
        file_store(folder, digests="sidecar").put("b", b"x")
    assert names_in(folder) == [SIDECAR, ".orlop-digests-b", "a"]


def test_one_file_that_cannot_be_read_is_told_after_all_others(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        (folder / name).write_bytes(b"x")
        (folder / f".orlop-upload-000000000000000{name}-x").write_bytes(b"x")
    real = Folder.status

    def status(one: Folder, name: bytes) -> os.stat_result:
        if name.endswith((b"a", b"0a-x")):
            raise OSError(errno.EIO, os.strerror(errno.EIO), f"{one.path}/{name.decode()}")
        return real(one, name)

    monkeypatch.setattr(Folder, "status", status)
    for listing in (store._driver.list(), store._driver.leftovers()):
        assert [next(listing), next(listing)]
        with pytest.raises(OSError, match="Input/output error"):
            next(listing)
    for of_store in (store.list(), store.leftovers()):
        assert [next(of_store), next(of_store)]
        with pytest.raises(BackendError, match="Input/output error"):
            next(of_store)


NUMBERS: dict[int, type[StoreError]] = {
    errno.ENAMETOOLONG: Unavailable, errno.ELOOP: Unavailable, errno.ENOTDIR: Unavailable, errno.ESTALE: Unavailable,
    errno.ENOTCONN: Unavailable, errno.EIO: BackendError, errno.EUCLEAN: BackendError,
}  # fmt: skip


@pytest.mark.parametrize("number", list(NUMBERS), ids=lambda number: errno.errorcode[number])
@pytest.mark.parametrize("call", ["put", "open", "stat", "delete", "locate", "list", "leftovers"])
def test_a_directory_that_cannot_be_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, call: str
) -> None:
    """The class says whether to try again; that the image is gone is never said."""
    store = file_store(folder, attempts=1)
    store.put("a", b"x")
    real = os.open

    def opening(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
        if flags & os.O_PATH:
            raise OSError(number, os.strerror(number), path)
        return real(path, flags, *arguments, **options)

    monkeypatch.setattr(os, "open", opening)
    work: dict[str, Callable[[], object]] = {
        "put": lambda: store.put("b", pieces(1)),
        "open": lambda: store.open(f"file://{folder}/a"),
        "stat": lambda: store.stat(f"file://{folder}/a"),
        "delete": lambda: store.delete(f"file://{folder}/a"),
        "locate": lambda: store.locate("a"),
        "list": lambda: list(store.list()),
        "leftovers": lambda: list(store.leftovers()),
    }
    with pytest.raises(NUMBERS[number]) as caught:
        work[call]()
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("text", ["a\0b", "a/b", ".", "..", "\ud800", "é" * 500, "x" * 100_000])
def test_a_location_that_no_file_can_have(store: Store, folder: Path, text: str) -> None:
    for call in (store.open, store.stat, store.delete):
        with pytest.raises((InvalidLocation, NotFound)):
            call(f"file://{folder}/{text}")
