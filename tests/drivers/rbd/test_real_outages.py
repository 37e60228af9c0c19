"""Parts of the cluster go away in the middle of things, and come back; and processes end, or fork, with it open."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from orlop.errors import InUse, Unavailable
from orlop.store import Store

from servers.ceph import Ceph
from tests.drivers.rbd.stores import MIB, USER, store_in

pytestmark = pytest.mark.server

BLOCK = os.urandom(MIB)
SIZE = 64


@pytest.fixture
def store(lasting: Ceph) -> Iterator[Store]:
    with store_in(lasting) as opened:
        yield opened


@contextmanager
def frozen(cluster: Ceph) -> Iterator[None]:
    """No OSD answers, and no connection to one breaks."""
    for osd in cluster.osds:
        os.kill(osd.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for osd in cluster.osds:
            os.kill(osd.pid, signal.SIGCONT)
        cluster.wait_for_osds(len(cluster.osds))


def test_an_osd_is_away_in_the_middle_of_an_upload_and_of_a_download(lasting: Ceph, store: Store) -> None:
    def source() -> Iterator[bytes]:
        for number in range(SIZE):
            if number == SIZE // 4:
                lasting.osds[1].stop()
                lasting.wait_for_osds(2)
                back.start()
            yield BLOCK

    back = threading.Thread(target=lasting.osds[1].start)
    location = store.put("through", source()).location
    back.join()
    lasting.wait_for_osds(3)
    with store.open(location, verify=True) as reader:
        assert reader.read(MIB) == BLOCK
        lasting.osds[2].stop()
        back = threading.Thread(target=lasting.osds[2].start)
        back.start()
        rest = reader.read()
    back.join()
    lasting.wait_for_osds(3)
    assert rest == BLOCK * (SIZE - 1)
    store.delete(location)


def test_no_osd_answers(lasting: Ceph) -> None:
    with store_in(lasting, deadline=3, commit_deadline=5, retry_seconds=2) as store:
        location = store.put("before", BLOCK).location
        with frozen(lasting):
            with pytest.raises(Unavailable):
                store.put("meanwhile", BLOCK)
            with pytest.raises(Unavailable):
                store.stat(location)
        # What hung has come back, and was undone: nobody waited for it.
        end = time.monotonic() + 60
        while store._calls.crew.hung:
            assert time.monotonic() < end
            time.sleep(0.1)
        assert store.open(location).read() == BLOCK
        store.delete(store.put("meanwhile", BLOCK).location)
        store.delete(location)
        assert list(store.leftovers()) == []


def test_operations_have_a_deadline_of_their_own_if_wanted(lasting: Ceph) -> None:
    with store_in(lasting, operation_timeout=2, attempts=1) as store:
        location = store.put("timed", BLOCK).location
        with frozen(lasting), pytest.raises(Unavailable, match="timeout"):
            store.stat(location)
        assert store.open(location).read() == BLOCK
        store.delete(location)


def test_the_monitor_is_restarted(lasting: Ceph, store: Store) -> None:
    def source() -> Iterator[bytes]:
        for number in range(SIZE):
            if number == SIZE // 2:
                lasting.mon.stop()
                lasting.mon.start()
            yield BLOCK

    location = store.put("watched", source()).location
    assert store.stat(location).size == SIZE * MIB
    store.delete(location)


def test_a_client_that_was_shut_out_connects_again(lasting: Ceph, store: Store) -> None:
    location = store.put("kept", BLOCK).location
    driver = store._driver
    address = driver.cluster.get_addrs()  # type: ignore[attr-defined]
    lasting.run("ceph", "osd", "blocklist", "add", address)
    end = time.monotonic() + 60
    while True:
        try:  # as long as an OSD has not heard of it, reading succeeds on the old connection, and the delete fails
            with store.open(location) as reader:
                assert reader.read() == BLOCK
            store.delete(location)
            break
        except (Unavailable, InUse):
            assert time.monotonic() < end, "the store does not recover"


ENDING = """
import os, signal, sys
from pathlib import Path
from orlop.drivers.rbd.driver import RbdDriver
from orlop.drivers.rbd.settings import RbdSettings
from orlop.errors import Unavailable
from orlop.store import Store
conf, user, name, pids = sys.argv[1], sys.argv[2], sys.argv[3], [int(pid) for pid in sys.argv[4:]]
store = Store("ending", RbdDriver(RbdSettings(conf=Path(conf), user=user, deadline=2, retry_seconds=0)))
reader = store.open(store.put(name, bytes(range(256)) * 40000).location)
for pid in pids:
    os.kill(pid, signal.SIGSTOP)
if pids:
    try:
        reader.read()
    except Unavailable:
        print("unavailable", flush=True)
elif os.fork() == 0:
    again = store.open(store.locate(name))
    print(len(again.read()), flush=True)
    sys.exit(3)
else:
    print(os.waitstatus_to_exitcode(os.wait()[1]), len(reader.read()), flush=True)
sys.exit(7)
"""


@pytest.mark.parametrize("hung", [True, False], ids=["nobody-answers", "after-a-fork"])
def test_a_process_ends_with_everything_open(lasting: Ceph, store: Store, hung: bool) -> None:
    name = f"ending-{hung}"
    pids = [str(osd.pid) for osd in lasting.osds] if hung else []
    command = [sys.executable, "-W", "ignore", "-c", ENDING, str(lasting.conf), USER, name, *pids]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    finally:
        for osd in lasting.osds:
            os.kill(osd.pid, signal.SIGCONT)
    lasting.wait_for_osds(3)
    assert (done.returncode, done.stdout.split()) == (7, ["unavailable"] if hung else ["10240000", "3", "10240000"])
    end = time.monotonic() + 60
    while True:  # what was not closed counts as open until its watch has ended
        try:
            store.delete(store.locate(name))
            break
        except Exception:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
