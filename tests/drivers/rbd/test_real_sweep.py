"""One fault at each call that changes something, for each kind of fault: an image is whole or absent, and nothing stays.

The faults are at a call and not at a time. `lost` and `refused` are what librados says with `operation_timeout`, after the
deed and instead of it; the others are done to the real cluster.
"""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from subprocess import CalledProcessError
from typing import Any

import pytest
from orlop.drivers.rbd import creations
from orlop.drivers.rbd import driver as module
from orlop.drivers.rbd.modules import load_modules
from orlop.errors import NotFound, StoreError, Unavailable
from orlop.gate.witnesses.rbd import RbdWitness
from orlop.store import Store

from servers.ceph import Ceph
from tests.drivers.rbd.stores import driver_in, store_in
from tests.drivers.rbd.watched import watched_modules

pytestmark = [pytest.mark.server, pytest.mark.slow]

BLOCK = 64 * 1024
DATA = os.urandom(2 * BLOCK + 1)
STRIDES = {"lost": 2, "refused": 3, "shut out": 5, "stopped": 4}
EVERY = dict.fromkeys(STRIDES, 1) if os.environ.get("ORLOP_THOROUGH") == "1" else STRIDES
"""At which of the calls each fault comes: with 2 at the second, the fourth and so on; with ORLOP_THOROUGH=1 at each."""


class Faults:
    """Does one fault, at one call."""

    def __init__(self, ceph: Ceph) -> None:
        self.ceph = ceph
        self.calls: list[str] = []
        self._kind, self._at = "", 0
        self.driver: Any = None
        self.done = ""

    @property
    def told(self) -> str:
        return f"{self._kind} at call {self._at}, {self.done}"

    def arm(self, kind: str, at: int) -> None:
        self._kind, self._at, self.calls, self.done = kind, at, [], ""

    def __call__(self, name: str) -> Callable[[], object] | None:
        if name == "close":  # which cannot fail and leave the image open
            return None
        self.calls.append(name)
        if len(self.calls) != self._at:
            return None
        self.done = name
        return getattr(self, "_" + self._kind.replace(" ", "_"))()  # type: ignore[no-any-return]

    def _lost(self) -> Callable[[], object] | None:
        # librbd itself closes what it could not open to the end.
        if self.done == "Image":
            self._refused()
        return self._refused

    def _refused(self) -> None:
        raise load_modules().rados.TimedOut("no answer", errno=errno.ETIMEDOUT)

    def _shut_out(self) -> None:
        cluster = self.driver.cluster
        address = cluster.get_addrs()
        self.ceph.run("ceph", "osd", "blocklist", "add", address)
        cluster.wait_for_latest_osdmap()

    def _stopped(self) -> None:
        """No OSD answers for longer than the caller waits."""
        for osd in self.ceph.osds:
            os.kill(osd.pid, signal.SIGSTOP)
        threading.Timer(2.5, self.resume).start()

    def resume(self) -> None:
        for osd in self.ceph.osds:
            os.kill(osd.pid, signal.SIGCONT)


class Swept:
    """A store with faults, and another one that looks at what they have done."""

    def __init__(self, ceph: Ceph, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(creations, "PATIENCE", 0.0)
        self.faults = Faults(ceph)
        self.looking = store_in(ceph)
        self.witness = RbdWitness(driver_in(ceph))
        with monkeypatch.context() as patch:
            patch.setattr(module, "load_modules", lambda: watched_modules(self.faults))
            driver = driver_in(ceph, block_size=BLOCK, lanes=1, deadline=1.5, commit_deadline=1.5, retry_seconds=5)
        self.faults.driver = driver
        self.store = Store("swept", driver)
        self.before = self.witness.names()

    def do(self, task: str, image_id: str) -> None:
        if task == "put":
            self.store.put(image_id, DATA)
        elif task == "copy":
            self.store.copy(self.looking.locate("original"), self.store, image_id)
        elif task == "delete":
            self.store.delete(self.looking.locate(image_id))
        else:
            for left in list(self.store.leftovers()):
                self.store.clean(left)

    def again(self, task: str, image_id: str) -> None:
        """Do it without a fault. On a busy machine that takes longer, too, than the short deadline of this store."""
        end = time.monotonic() + 60
        while True:
            try:
                return self.do(task, image_id)
            except Unavailable:
                if time.monotonic() > end:
                    raise
                self.settle()

    def whole(self, image_id: str) -> bool:
        listed = [stat.location for stat in self.looking.list() if stat.image_id == image_id]
        try:
            location = self.looking.locate(image_id)
        except NotFound:
            assert listed == []
            return False
        with self.looking.open(location) as reader:
            assert reader.read() == DATA
        assert listed == [location]
        return True

    def settle(self) -> None:
        """Until nothing hangs and nobody has anything open: then what is left is left for good."""
        end = time.monotonic() + 60
        while (hung := self.store._calls.crew.hung) | len(still := self._open()):
            assert time.monotonic() < end, f"calls that hang: {hung}; open: {still}; the fault was {self.faults.told}"
            time.sleep(0.05)

    def _open(self) -> list[str]:
        return [name for name in self.witness.names() if self._watched(name)]

    def _watched(self, name: str) -> bool:
        pool, _, key = name.partition("/")
        if not key.startswith("rbd_header."):
            return False
        try:
            return "watcher=" in self.faults.ceph.run("rados", "--pool", pool, "listwatchers", key)
        except CalledProcessError:
            if name in self.witness.names():
                raise
            return False  # it has just been removed

    def leave_something(self) -> None:
        """What `clean` is to clean: an upload that nobody ends."""
        driver: Any = self.looking._driver
        upload = driver.upload("left", None)
        upload.write(0, DATA[:BLOCK])
        upload._close()

    def empty(self) -> None:
        for stat in list(self.looking.list()):
            self.looking.delete(stat.location)
        for left in list(self.looking.leftovers()):
            self.looking.clean(left)
        assert list(self.looking.leftovers()) == []
        assert self.witness.names() == self.before


@pytest.fixture
def swept(ceph: Ceph, monkeypatch: pytest.MonkeyPatch) -> Iterator[Swept]:
    made = Swept(ceph, monkeypatch)
    yield made
    made.faults.resume()
    for store in (made.store, made.looking):
        store.close()


@pytest.mark.parametrize("kind", list(EVERY))
@pytest.mark.parametrize("task", ["put", "delete", "copy", "clean"])
def test_a_fault_at_each_call(swept: Swept, task: str, kind: str) -> None:
    at = met = 0
    while True:
        at += EVERY[kind]
        image_id = f"{task}-{at}"
        if task == "delete":
            swept.looking.put(image_id, DATA)
        elif task == "copy":
            swept.looking.put("original", DATA)
        elif task == "clean":
            swept.leave_something()
        swept.faults.arm(kind, at)
        failed: StoreError | None = None
        try:
            swept.do(task, image_id)
        except StoreError as error:
            failed = error
        if kind in {"shut out", "stopped"} or (isinstance(failed, Unavailable) and failed.hung):
            swept.settle()
        fault_at = swept.faults.done
        where = f"{swept.faults.told}: {failed}"
        there = swept.whole(image_id)
        if failed is None and task != "clean":
            assert there == (task in {"put", "copy"}), where
        # A retry works, and does not find the remains of the first in its way.
        swept.faults.arm("", 0)
        with suppress(NotFound):
            if there == (task == "delete") and task != "clean":
                swept.again(task, image_id)
        swept.empty()
        if not fault_at and failed is not None:
            at -= EVERY[kind]  # too slow to come to the fault
        elif not fault_at:
            assert met >= 5 // EVERY[kind], "there are not the calls that there should be"
            return
        else:
            met += 1
