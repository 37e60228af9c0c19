"""Deleting what others use: clones of both kinds, readers, writers by other means; and what was broken off."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from orlop.drivers.rbd.directory import encoded
from orlop.errors import InUse, NotFound
from orlop.store import Store

from servers.ceph import Ceph
from tests.drivers.rbd.stores import MIB, store_in

pytestmark = pytest.mark.server

DATA = os.urandom(3 * MIB)


@pytest.fixture
def store(ceph: Ceph) -> Iterator[Store]:
    with store_in(ceph) as opened:
        yield opened
        assert list(opened.list()) == []
        assert list(opened.leftovers()) == []


def rbd(ceph: Ceph, *words: str) -> str:
    return ceph.run("rbd", *words)


def exported(ceph: Ceph, name: str) -> bytes:
    command = ["rbd", "export", "--no-progress", f"images/{name}", "-"]
    return subprocess.run(command, env=ceph.environment, check=True, capture_output=True).stdout


def clone(ceph: Ceph, parent: str, child: str, version: int) -> None:
    rbd(ceph, "clone", f"--rbd-default-clone-format={version}", f"images/{parent}@snap", f"images/{child}")


def test_a_clone_of_version_1_keeps_its_image(ceph: Ceph, store: Store) -> None:
    location = store.put("parent", DATA).location
    clone(ceph, "parent", "volume", 1)
    with pytest.raises(InUse, match="clones"):
        store.delete(location)
    assert store.open(location).read() == DATA
    snapshots = json.loads(rbd(ceph, "snap", "ls", "--format", "json", "images/parent"))
    assert [(one["name"], one["protected"]) for one in snapshots] == [("snap", "true")]
    rbd(ceph, "rm", "images/volume")
    store.delete(location)


def test_an_image_with_clones_of_version_2_waits_in_the_trash(ceph: Ceph, store: Store) -> None:
    location = store.put("parent", DATA).location
    clone(ceph, "parent", "volume", 2)
    store.delete(location)
    with pytest.raises(NotFound):
        store.stat(location)
    again = store.put("parent", b"another").location
    assert list(store.leftovers()) == []
    assert exported(ceph, "volume") == DATA
    rbd(ceph, "rm", "images/volume")
    left = list(store.leftovers())
    assert [one.image_id for one in left] == ["parent"]
    store.clean(left[0])
    assert json.loads(rbd(ceph, "trash", "ls", "--all", "--format", "json", "images")) == []
    store.delete(again)


def test_an_image_that_is_read_is_in_use(store: Store) -> None:
    location = store.put("read", DATA).location
    with store.open(location) as reader:
        assert reader.read(10) == DATA[:10]
        with pytest.raises(InUse, match="open elsewhere"):
            store.delete(location)
        assert reader.read() == DATA[10:]
    store.delete(location)


def test_a_reader_that_is_just_closing_is_waited_for(store: Store) -> None:
    location = store.put("closing", DATA).location
    reader = store.open(location)
    assert reader.read() == DATA
    closing = threading.Timer(0.5, reader.close)
    closing.start()
    store.delete(location)
    closing.join()


def test_what_was_broken_off_is_finished_by_another_delete(ceph: Ceph, store: Store) -> None:
    unprotected, bare = store.put("unprotected", DATA).location, store.put("bare", DATA).location
    for name in ("unprotected", "bare"):
        rbd(ceph, "snap", "unprotect", f"images/{name}@snap")
    rbd(ceph, "snap", "rm", "images/bare@snap")
    with pytest.raises(NotFound):
        store.stat(bare)
    for location in (unprotected, bare):
        store.delete(location)
        with pytest.raises(NotFound):
            store.delete(location)


def test_further_snapshots_are_somebody_elses(ceph: Ceph, store: Store) -> None:
    location = store.put("shared", DATA).location
    rbd(ceph, "snap", "create", "--no-progress", "images/shared@mine")
    with pytest.raises(InUse, match="further snapshots: mine"):
        store.delete(location)
    with pytest.raises(NotFound):
        store.delete(location.removesuffix("snap") + "other")
    rbd(ceph, "snap", "rm", "images/shared@mine")
    store.delete(location)


def test_clones_taken_while_deleting(ceph: Ceph, store: Store) -> None:
    """Either the clone comes first, and the image stays or waits; or the delete does, and there is no clone."""
    for turn in range(4):
        location = store.put("raced", DATA).location
        failed: list[BaseException] = []

        def take(number: int = turn, failed: list[BaseException] = failed) -> None:
            try:
                clone(ceph, "raced", f"volume-{number}", 1 + number % 2)
            except Exception as error:  # noqa: BLE001 - the delete was first
                failed.append(error)

        taking = threading.Thread(target=take)
        taking.start()
        deleted = True
        try:
            store.delete(location)
        except InUse:
            deleted = False
        taking.join()
        if not failed:
            assert exported(ceph, f"volume-{turn}") == DATA
            rbd(ceph, "rm", f"images/volume-{turn}")
        if not deleted:
            store.delete(location)
        for left in list(store.leftovers()):
            store.clean(left)


@pytest.mark.parametrize("cleaned", [True, False])
def test_a_writer_that_died_in_the_commit(ceph: Ceph, store: Store, cleaned: bool) -> None:
    """Its image has its name, which is what counts; but the pool's directory still says the hidden one."""
    upload: Any = store._driver.upload("committed", None)
    upload.write(0, DATA)
    hidden, ioctx = upload._name, upload._connection.pool().ioctx
    location = upload.commit(len(DATA), {})
    ioctx.execute("rbd_directory", "rbd", "dir_rename_image", encoded("committed", hidden, upload._identity))
    assert [stat.location for stat in store.list()] == [location]
    assert store.open(location).read() == DATA
    ioctx.write_full(f"rbd_id.{hidden}", ioctx.read("rbd_id.committed"))
    left = list(store.leftovers())
    assert [one.image_id for one in left] == ["committed"]
    if cleaned:
        store.clean(left[0])
    assert [stat.location for stat in store.list()] == [location]
    assert store.open(location).read() == DATA
    store.delete(location)
    assert "rbd_id" not in ceph.run("rados", "--pool", "images", "ls")


@pytest.mark.parametrize("steps", [1, 2])
def test_a_deleter_that_died_halfway(ceph: Ceph, store: Store, steps: int) -> None:
    """After its first step the image is there, and whole again after `clean`; after the second it is gone."""
    location = store.put("dying", DATA).location
    driver: Any = store._driver
    ioctx = driver._connection.pool().ioctx
    ceph.run("rbd", "snap", "unprotect", "images/dying@snap")
    identity = ioctx.read("rbd_id.dying")[4:].decode()
    ioctx.execute("rbd_directory", "rbd", "dir_rename_image", encoded("dying", ".orlop-deleted-1", identity))
    if steps == 1:
        assert [stat.location for stat in store.list()] == [location]
    else:
        ioctx.remove_object("rbd_id.dying")
        with pytest.raises(NotFound):
            store.stat(location)
    for left in list(store.leftovers()):
        store.clean(left)
    if steps == 1:
        clone(ceph, "dying", "volume", 1)  # its snapshot is protected
        ceph.run("rbd", "rm", "--no-progress", "images/volume")
        store.delete(location)
    assert list(store.leftovers()) == []
    store.delete(store.put("dying", b"again").location)
    assert "rbd_id" not in ceph.run("rados", "--pool", "images", "ls")


def test_a_move_to_the_trash_that_was_broken_off_is_ended(ceph: Ceph, store: Store) -> None:
    """Its entry says for ever that it is being moved, and librbd removes no such image."""
    store.put("moving", DATA)
    driver: Any = store._driver
    ioctx, rbd = driver._connection.pool().ioctx, driver._modules.rbd
    image = ioctx.read("rbd_id.moving")[4:].decode()
    for snapshot in ("unprotect", "rm"):
        ceph.run("rbd", "snap", snapshot, *(["--no-progress"] if snapshot == "rm" else []), "images/moving@snap")
    ceph.run("rbd", "rename", "images/moving", "images/.orlop-deleted-moving")
    rbd.RBD().trash_move(ioctx, ".orlop-deleted-moving", 0)
    ioctx.execute("rbd_trash", "rbd", "trash_state_set", encoded(image) + b"\1\0")
    left = list(store.leftovers())
    assert len(left) == 1
    store.clean(left[0])
    assert "rbd_data" not in ceph.run("rados", "--pool", "images", "ls")
