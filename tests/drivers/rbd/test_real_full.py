"""OSDs that are full: by librados' own rules every writer would hang until there is room."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from orlop.errors import StoreFull

from servers.ceph import Ceph
from tests.drivers.rbd.stores import MIB, store_in

pytestmark = pytest.mark.server

BLOCK = os.urandom(MIB)
SIZE = 64
KINDS = ("nearfull", "backfillfull", "full")
USUAL = ("0.85", "0.9", "0.95")
LITTLE = ("0.001", "0.002", "0.003")
"""Parts of an OSD; an empty one of bluestore takes more than that for itself."""


def wait(cluster: Ceph, full: bool) -> None:
    end = time.monotonic() + 60
    while ("OSD_FULL" in json.loads(cluster.run("ceph", "health", "--format", "json"))["checks"]) != full:
        assert time.monotonic() < end, "the cluster does not notice"
        time.sleep(0.1)


@contextmanager
def brimful(cluster: Ceph) -> Iterator[None]:
    """Every OSD of the cluster counts as full."""
    for kind, ratio in zip(KINDS, LITTLE, strict=True):
        cluster.run("ceph", "osd", f"set-{kind}-ratio", ratio)
    try:
        wait(cluster, True)
        yield
    finally:
        for kind, ratio in zip(reversed(KINDS), reversed(USUAL), strict=True):
            cluster.run("ceph", "osd", f"set-{kind}-ratio", ratio)
        wait(cluster, False)


def test_the_osds_become_full_in_the_middle_of_an_upload(lasting: Ceph) -> None:
    """Nothing has ever been removed from this pool: removing makes an object of its own, for which there is no room."""
    lasting.pool("brim")
    with store_in(lasting, pool="brim", user="admin") as store:
        full = brimful(lasting)

        def source() -> Iterator[bytes]:
            for number in range(SIZE):
                if number == SIZE // 4:
                    full.__enter__()
                yield BLOCK

        location = store.put("kept", BLOCK).location
        try:
            with pytest.raises(StoreFull):
                store.put("too-much", source())
            with pytest.raises(StoreFull):
                store.put("none-at-all", BLOCK)
            names = lasting.run("rbd", "ls", "brim").split()
            kept = store.open(location).read()
        finally:
            full.__exit__(None, None, None)
        assert names == ["kept"]
        assert kept == BLOCK
        store.delete(store.put("too-much", BLOCK).location)
        store.delete(location)


def test_a_full_store_is_made_room_in(lasting: Ceph) -> None:
    with store_in(lasting) as store:
        location = store.put("large", BLOCK * 4).location
        with brimful(lasting):
            store.delete(location)
            assert list(store.list()) == []
            assert list(store.leftovers()) == []
        store.delete(store.put("large", BLOCK).location)
