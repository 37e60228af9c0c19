"""What keeps an image, and what a store cannot be in: each is told as what it is, and nothing is changed or left."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from orlop.errors import AlreadyExists, InUse, InvalidSettings, NotFound, StoreError
from orlop.records import Severity
from orlop.store import Store

from servers.ceph import Ceph
from tests.drivers.rbd.stores import driver_in, store_in

pytestmark = pytest.mark.server

DATA = os.urandom(200_000)


@pytest.fixture
def store(ceph: Ceph) -> Iterator[Store]:
    with store_in(ceph) as opened:
        yield opened


@pytest.fixture
def home(ceph: Ceph) -> Iterator[Any]:
    """A driver, of whose pool everything can be looked at."""
    driver = driver_in(ceph)
    yield driver
    driver.close()


def protected(ceph: Ceph, name: str) -> bool:
    snapshots = json.loads(ceph.run("rbd", "snap", "ls", "--format", "json", f"images/{name}"))
    return [one["protected"] for one in snapshots if one["name"] == "snap"] == ["true"]


def test_an_image_that_is_locked_is_in_use_by_who_holds_the_lock(ceph: Ceph, store: Store) -> None:
    location = store.put("locked", DATA).location
    ceph.run("rbd", "lock", "add", "images/locked", "backup-job")
    with pytest.raises(InUse, match=r"locked by client\.\d+ at .*backup-job"):
        store.delete(location)
    assert store.open(location).read() == DATA
    assert protected(ceph, "locked")
    locker = json.loads(ceph.run("rbd", "lock", "ls", "--format", "json", "images/locked"))[0]
    ceph.run("rbd", "lock", "rm", "images/locked", locker["id"], locker["locker"])
    store.delete(location)


def test_an_image_in_a_group_is_in_use_by_the_group(ceph: Ceph, store: Store) -> None:
    location = store.put("grouped", DATA).location
    ceph.run("rbd", "group", "create", "images/family")
    ceph.run("rbd", "group", "image", "add", "images/family", "images/grouped")
    with pytest.raises(InUse, match="the group family"):
        store.delete(location)
    assert protected(ceph, "grouped")
    assert store.open(location).read() == DATA
    ceph.run("rbd", "group", "image", "rm", "images/family", "images/grouped")
    ceph.run("rbd", "group", "rm", "images/family")
    store.delete(location)


def test_a_mirror_of_another_cluster_is_in_use_and_the_first_copy_is_deleted(ceph: Ceph, store: Store) -> None:
    ceph.run("rbd", "mirror", "pool", "enable", "images", "image")
    try:
        location = store.put("mirrored", DATA).location
        ceph.run("rbd", "mirror", "image", "enable", "images/mirrored", "snapshot")
        ceph.run("rbd", "mirror", "image", "demote", "images/mirrored")
        with pytest.raises(InUse, match="mirror"):
            store.delete(location)
        assert store.open(location).read() == DATA
        ceph.run("rbd", "mirror", "image", "promote", "images/mirrored")
        store.delete(location)
        assert list(store.leftovers()) == []
    finally:
        ceph.run("rbd", "mirror", "pool", "disable", "images")


def test_what_was_deleted_is_kept_as_long_as_the_cluster_says(ceph: Ceph, store: Store) -> None:
    ceph.run("rbd", "config", "pool", "set", "images", "rbd_move_to_trash_on_remove", "true")
    ceph.run("rbd", "config", "pool", "set", "images", "rbd_move_to_trash_on_remove_expire_seconds", "3600")
    try:
        store.delete(store.put("kept", DATA).location)
    finally:
        ceph.run("rbd", "config", "pool", "rm", "images", "rbd_move_to_trash_on_remove")
        ceph.run("rbd", "config", "pool", "rm", "images", "rbd_move_to_trash_on_remove_expire_seconds")
    trash = json.loads(ceph.run("rbd", "trash", "ls", "--format", "json", "images"))
    assert len(trash) == 1
    assert list(store.leftovers()) == []
    ceph.run("rbd", "trash", "rm", "--force", "--no-progress", f"images/{trash[0]['id']}")


def test_an_erasure_coded_pool_is_refused_by_check_and_put_with_what_to_do(ceph: Ceph) -> None:
    """`rbd_info`, which librbd would leave there, is not made either."""
    ceph.pool("coded", erasure=True)
    with store_in(ceph, pool="coded", user="admin") as store:
        errors = [one for one in store.check() if one.severity is Severity.ERROR]
        assert [one.kind for one in errors] == [InvalidSettings]
        assert "data_pool = 'coded'" in errors[0].message
    with (
        store_in(ceph, pool="coded", user="admin") as store,
        pytest.raises(InvalidSettings, match="data_pool = 'coded'"),
    ):
        store.put("x", DATA)
    assert ceph.run("rados", "--pool", "coded", "ls") == ""
    with store_in(ceph, data_pool="coded", user="admin") as store:
        store.delete(store.put("x", DATA).location)
    ceph.run("ceph", "osd", "pool", "delete", "coded", "coded", "--yes-i-really-really-mean-it")


def test_a_data_pool_without_overwrites_is_told(ceph: Ceph) -> None:
    ceph.run("ceph", "osd", "pool", "create", "rigid", "8", "8", "erasure", "two-and-one")
    try:
        with store_in(ceph, data_pool="rigid", user="admin") as store:
            errors = [one.message for one in store.check() if one.severity is Severity.ERROR]
            assert len(errors) == 1
            assert "ceph osd pool set rigid allow_ec_overwrites true" in errors[0]
    finally:
        ceph.run("ceph", "osd", "pool", "delete", "rigid", "rigid", "--yes-i-really-really-mean-it")


def test_names_that_are_no_text_disturb_nobody(ceph: Ceph, store: Store, home: Any) -> None:
    location = store.put("beside", DATA, digests=("md5",)).location
    digests = store.stat(location).digests
    strange = b"\xff\xfe\x00\n"
    entry = len(strange).to_bytes(4, "little") + strange + b"\x04\x00\x00\x00feed"
    ioctx = home._connection.pool().ioctx
    ioctx.execute("rbd_directory", "rbd", "dir_add_image", entry)
    try:
        ceph.run("rbd", "image-meta", "set", "images/beside", os.fsdecode(b"k\xff"), os.fsdecode(b"\xfe"))
        assert [stat.image_id for stat in store.list()] == ["beside"]
        assert store.stat(location).digests == digests
        assert list(store.leftovers()) == []
        assert store.check()
        store.delete(location)
    finally:
        ioctx.execute("rbd_directory", "rbd", "dir_remove_image", entry)


def test_an_image_that_others_have_half_removed_is_neither_replaced_nor_forgotten(
    ceph: Ceph, store: Store, home: Any
) -> None:
    location = store.put("half", DATA).location
    ioctx = home._connection.pool().ioctx
    for snapshot in ("unprotect", "rm"):
        ceph.run("rbd", "snap", snapshot, *(["--no-progress"] if snapshot == "rm" else []), "images/half@snap")
    ioctx.remove_object("rbd_id.half")
    with pytest.raises(NotFound):
        store.stat(location)
    with pytest.raises(AlreadyExists, match="half removed"):
        store.put("half", DATA)
    store.delete(location)
    assert "half" not in ceph.run("rbd", "ls", "images").split()
    assert "rbd_data" not in ceph.run("rados", "--pool", "images", "ls")
    store.delete(store.put("half", DATA).location)


def test_a_deletion_is_bound_to_the_image_that_was_meant(store: Store, home: Any) -> None:
    location = store.put("twice", b"first").location
    meant = home.identify(location)
    home.delete(location, meant)
    again = store.put("twice", b"second").location
    assert again == location
    with pytest.raises(NotFound):
        home.delete(location, meant)
    assert store.open(location).read() == b"second"
    assert home.identify(location) != meant
    store.delete(location)
    with pytest.raises(NotFound):
        home.identify(location)


def test_a_repeated_deletion_finishes_the_first_and_spares_the_image_that_came_since(
    ceph: Ceph, store: Store, home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one has lost the cluster after the image was hidden, and before it was removed."""
    from orlop.drivers.rbd import deleting

    location = store.put("broken", DATA).location
    meant = home.identify(location)
    with monkeypatch.context() as patch:

        def lost(*_: object) -> None:
            raise home._modules.rbd.OSError("timed out", errno=110)

        patch.setattr(deleting, "remove_image", lost)
        with pytest.raises(home._modules.rbd.OSError):
            home.delete(location, meant)
    store.put("broken", b"another")
    home.delete(location, meant)
    assert store.open(location).read() == b"another"
    store.delete(location)
    assert list(store.leftovers()) == []
    assert "rbd_data" not in ceph.run("rados", "--pool", "images", "ls")


def _garbage(folder: Path) -> str:
    (folder / "ceph.conf").write_bytes(os.urandom(3000))
    return "conf"


def _nothing(folder: Path) -> str:
    (folder / "ceph.conf").write_text("")
    return "names no monitors"


def _pipe(folder: Path) -> str:
    os.mkfifo(folder / "ceph.conf")
    return "conf: .* is not a file"


def _accents(folder: Path) -> str:
    (folder / "ceph.conf").write_text("[global]\nlog file = /größer\n")
    return "conf: line 2 of .* not ASCII"


def _keyring_with_a_mark(folder: Path) -> str:
    (folder / "keyring").write_bytes(b"\xef\xbb\xbf[client.glance]\n")
    (folder / "ceph.conf").write_text(f"[global]\nmon host = 127.0.0.1:1\nkeyring = {folder}/keyring\n")
    return "conf: its keyring: line 1 of .*keyring"


def _keyring_of_garbage(folder: Path) -> str:
    (folder / "keyring").write_text("root:x:0:0\n")
    (folder / "ceph.conf").write_text(f"[global]\nmon host = 127.0.0.1:1\nkeyring = {folder}/keyring\n")
    return "conf: .*keyring"


def _monitors_of_garbage(folder: Path) -> str:
    (folder / "ceph.conf").write_text("[global]\nmon host = !!!\n")
    return "conf: "


def _directory(folder: Path) -> str:
    (folder / "ceph.conf").mkdir()
    return "conf"


def _without_keyring(folder: Path) -> str:
    (folder / "keyring").mkdir()
    (folder / "ceph.conf").write_text(f"[global]\nmon host = 127.0.0.1:1\nkeyring = {folder}/keyring\n")
    return "keyring"


@pytest.mark.parametrize(
    "made",
    [
        _garbage,
        _nothing,
        _directory,
        _pipe,
        _accents,
        _without_keyring,
        _keyring_with_a_mark,
        _keyring_of_garbage,
        _monitors_of_garbage,
    ],
)
def test_a_configuration_that_is_none_is_a_clear_error(ceph: Ceph, tmp_path: Path, made: Callable[[Path], str]) -> None:
    said = made(tmp_path)
    with (
        store_in(ceph, conf=tmp_path / "ceph.conf", connect_timeout=1, retry_seconds=0, attempts=1) as store,
        pytest.raises(StoreError, match=said),
    ):
        store.put("x", DATA)


def test_a_configuration_with_a_byte_order_mark_does_not_end_the_process(ceph: Ceph, tmp_path: Path) -> None:
    conf = tmp_path / "ceph.conf"
    conf.write_bytes(b"\xef\xbb\xbf" + ceph.conf.read_bytes())
    with store_in(ceph, conf=conf) as store, pytest.raises(InvalidSettings, match=r"conf: line 1 of .* not ASCII"):
        store.put("x", DATA)


@pytest.mark.parametrize("variable", ["CEPH_CONF", "CEPH_KEYRING", "CEPH_ARGS", "HOME"])
def test_the_environment_decides_nothing(
    ceph: Ceph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    wrong = tmp_path / ".ceph"
    wrong.mkdir()
    (wrong / "ceph.conf").write_text("[global]\nmon host = 127.0.0.1:1\n")
    value = {
        "CEPH_CONF": wrong / "ceph.conf",
        "CEPH_KEYRING": wrong / "nothing",
        "CEPH_ARGS": "--id nobody --keyring /nowhere -m 127.0.0.1:1",
        "HOME": tmp_path,
    }[variable]
    monkeypatch.setenv(variable, str(value))
    with store_in(ceph) as store:
        store.delete(store.put("sane", DATA).location)
    assert os.environ[variable] == str(value)


def test_without_conf_it_is_etc_ceph_whatever_the_environment_says(
    ceph: Ceph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CEPH_CONF", str(ceph.conf))
    monkeypatch.chdir(ceph.folder)
    monkeypatch.setattr("orlop.drivers.rbd.connection.DEFAULT_CONF", tmp_path / "etc.conf")
    with (
        store_in(ceph, conf=None) as store,
        pytest.raises(InvalidSettings, match=r"no configuration of Ceph at .*etc\.conf"),
    ):
        store.put("x", DATA)
