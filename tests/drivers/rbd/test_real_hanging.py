"""Calls that hang in librbd: an abort beside them has no effect but its own, and a close waits for none of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from orlop.drivers.rbd import driver as module
from orlop.drivers.rbd.driver import RbdDriver
from orlop.drivers.rbd.modules import load_modules
from orlop.errors import InUse, NotFound, Unavailable
from orlop.store import Store

from servers.ceph import Ceph
from tests.drivers.rbd.stores import driver_in, store_in
from tests.drivers.rbd.watched import watched_modules

pytestmark = pytest.mark.server

BLOCK = 64 * 1024
DATA = os.urandom(BLOCK)


class Gate:
    """Holds one kind of call up until it is opened."""

    def __init__(self) -> None:
        self.name = ""
        self.reached = threading.Event()
        self.open = threading.Event()

    def __call__(self, name: str) -> None:
        if name == self.name:
            self.reached.set()
            assert self.open.wait(60)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate()
    monkeypatch.setattr(module, "load_modules", lambda: watched_modules(made))
    yield made
    made.open.set()


@pytest.fixture
def driver(ceph: Ceph, gate: Gate) -> Iterator[RbdDriver]:
    made = driver_in(ceph, block_size=BLOCK)
    yield made
    made.close()


def test_an_abort_while_a_write_hangs_leaves_the_image_open_until_it_returns(
    ceph: Ceph, gate: Gate, driver: RbdDriver
) -> None:
    upload: Any = driver.upload("hung", None)
    upload.write(0, DATA)
    gate.name = "write"
    writing = threading.Thread(target=upload.write, args=(BLOCK, DATA))
    writing.start()
    assert gate.reached.wait(60)
    image = upload._open.handle.peek()
    aborting = threading.Thread(target=upload.abort)
    aborting.start()
    upload._unwanted.wait(60)
    while not upload._unwanted.is_set() or upload._open is not None:
        assert aborting.is_alive()
    assert image.size() >= 0, "closed under a write"
    other: Any = driver.upload("other", None)
    gate.name = ""
    other.write(0, b"other")
    gate.open.set()
    writing.join(60)
    aborting.join(60)
    location = other.commit(5, {})
    with store_in(ceph) as looking:
        assert looking.open(location).read() == b"other"
        assert list(looking.leftovers()) == []
        with pytest.raises(NotFound):
            looking.locate("hung")
        looking.delete(location)
    assert "rbd_data" not in ceph.run("rados", "--pool", "images", "ls")


def test_what_comes_after_an_abort_is_refused(driver: RbdDriver) -> None:
    upload: Any = driver.upload("late", None)
    upload.write(0, DATA)
    upload.abort()
    with pytest.raises(Unavailable, match="aborted"):
        upload.write(0, DATA)
    with pytest.raises(Unavailable, match="aborted"):
        upload.commit(BLOCK, {})
    upload.abort()


def test_an_upload_makes_nothing_until_it_is_given_something(ceph: Ceph, driver: RbdDriver) -> None:
    with store_in(ceph) as looking:
        looking.check()
        before = ceph.run("rados", "--pool", "images", "ls")
        upload = driver.upload("nothing", 1 << 30)
        upload.abort()
        assert ceph.run("rados", "--pool", "images", "ls") == before


def test_a_close_waits_for_no_call_that_hangs(ceph: Ceph, gate: Gate, driver: RbdDriver) -> None:
    location = Store("ceph", driver).put("kept", DATA).location
    meant = driver.identify(location)
    gate.name = "unprotect_snap"
    deleting = threading.Thread(target=driver.delete, args=(location, meant))
    deleting.start()
    assert gate.reached.wait(60)
    driver.close()
    driver.close()
    assert deleting.is_alive()
    gate.open.set()
    deleting.join(60)
    with pytest.raises(NotFound):
        driver.stat(location)


def test_a_close_waits_for_no_connection_that_is_being_made(ceph: Ceph, gate: Gate, driver: RbdDriver) -> None:
    connecting = threading.Thread(target=driver._connection.pool)
    with driver._connection._connecting:
        connecting.start()
        driver.close()
    connecting.join(60)
    assert driver._connection.known() is not None


def test_a_write_that_fails_before_it_is_sent_ends(ceph: Ceph) -> None:
    """Whoever takes the image's lock makes each write fail so, every time; a client that is shut out, now and then."""
    rbd = load_modules().rbd
    ours, theirs = driver_in(ceph, block_size=BLOCK), driver_in(ceph)
    upload: Any = ours.upload("taken", None)
    upload.write(0, DATA)
    met: list[Exception] = []

    def write() -> None:
        try:
            upload.write(BLOCK, DATA)
        except rbd.Error as error:
            met.append(error)

    with rbd.Image(theirs._connection.pool().ioctx, image_id=upload._identity) as taken:
        taken.lock_acquire(rbd.RBD_LOCK_MODE_EXCLUSIVE)
        writing = threading.Thread(target=write, daemon=True)
        writing.start()
        writing.join(60)
        assert not writing.is_alive()
        taken.lock_release()
    assert [ours.classify(error) for error in met] == [InUse]
    upload.abort()
    assert list(ours.leftovers()) == []
    for driver in (ours, theirs):
        driver.close()
