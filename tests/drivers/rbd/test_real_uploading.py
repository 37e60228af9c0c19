"""Uploads: what grows, what is left out, who is first, and what a dead one leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from orlop.errors import AlreadyExists
from orlop.store import Store

from servers.ceph import Ceph
from tests.drivers.rbd.stores import MIB, USER, store_in

pytestmark = pytest.mark.server

WRITER = """
import sys
from pathlib import Path
from orlop.drivers.rbd.driver import RbdDriver
from orlop.drivers.rbd.settings import RbdSettings
from orlop.errors import AlreadyExists
from orlop.store import Store
conf, user, name = sys.argv[1:]
def source():
    yield name.encode() * 100000
    print("written", flush=True)
    sys.stdin.readline()
store = Store("other", RbdDriver(RbdSettings(conf=Path(conf), user=user)))
try:
    print(store.put("contended", source()).location, flush=True)
except AlreadyExists:
    print("second", flush=True)
"""


@pytest.fixture
def store(ceph: Ceph) -> Iterator[Store]:
    with store_in(ceph) as opened:
        yield opened


def test_two_processes_of_one_id_have_one_winner(ceph: Ceph, store: Store) -> None:
    command = [sys.executable, "-c", WRITER, str(ceph.conf), USER]
    pipe = subprocess.PIPE
    writers = {name: subprocess.Popen([*command, name], stdin=pipe, stdout=pipe, text=True) for name in "abc"}
    answers = {}
    for writer in writers.values():
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
    for writer in writers.values():
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    for name, writer in writers.items():
        answers[name] = writer.communicate(timeout=60)[0].strip()
    winners = [name for name, answer in answers.items() if answer != "second"]
    assert len(winners) == 1, answers
    location = answers[winners[0]]
    assert store.open(location).read() == winners[0].encode() * 100000
    store.delete(location)
    assert list(store.leftovers()) == []


def test_an_unknown_size_grows_far_and_is_trimmed(ceph: Ceph, store: Store) -> None:
    size = 300 * MIB + 1
    tail = os.urandom(MIB)

    def source() -> Iterator[bytes]:
        for _ in range(299):
            yield bytes(MIB)
        yield tail
        yield b"!"

    receipt = store.put("grown", source())
    stat = store.stat(receipt.location)
    assert (receipt.size, stat.size) == (size, size)
    assert stat.allocated is not None
    assert stat.allocated <= 24 * MIB
    info = json.loads(ceph.run("rbd", "info", "--format", "json", "images/grown"))
    assert info["flags"] == []  # the object map is to be trusted
    with store.open(receipt.location, 299 * MIB) as reader:
        assert reader.read() == tail + b"!"
    store.verify(receipt.location)
    store.delete(receipt.location)


def test_zeros_are_written_when_the_settings_say_so(ceph: Ceph) -> None:
    with store_in(ceph, sparse=False) as thick:
        location = thick.put("thick", bytes(20 * MIB)).location
        assert thick.stat(location).allocated == 20 * MIB
        thick.delete(location)


def test_what_was_made_by_other_means_is_not_replaced(ceph: Ceph, store: Store) -> None:
    ceph.run("rbd", "create", "--size", "1M", "images/foreign")
    with pytest.raises(AlreadyExists):
        store.put("foreign", b"data")
    assert list(store.leftovers()) == []  # it may be anything: it is left alone
    ceph.run("rbd", "rm", "--no-progress", "images/foreign")


def test_digests_are_metadata_of_the_image(ceph: Ceph, store: Store) -> None:
    receipt = store.put("digested", b"data", digests=("sha256", "md5"))
    kept = json.loads(ceph.run("rbd", "image-meta", "ls", "--format", "json", "images/digested"))
    assert kept["orlop.digest.sha256"] == receipt.digests["sha256"]
    assert kept["orlop.digest.md5"] == receipt.digests["md5"]
    store.delete(receipt.location)
