"""How images are opened: at a snapshot in two steps, for librbd (16.2) ends the process now and then when it is one.

The thread of librbd's that has opened an image at a snapshot takes a lock in it after it has said that it is open; who
closes it before that has freed the lock. Under load, a few of a thousand puts and reads came to that.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from orlop.drivers.rbd import driver as module
from orlop.drivers.rbd.modules import Modules, load_modules
from orlop.errors import NotFound

from servers.ceph import Ceph
from tests.drivers.rbd.stores import driver_in, store_in

pytestmark = pytest.mark.server

DATA = os.urandom(100_000)


class Recorded:
    """The module `rbd`, with the snapshots at which images are opened."""

    def __init__(self, rbd: Any) -> None:
        self._rbd = rbd
        self.snapshots: list[str | None] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rbd, name)

    def Image(self, *args: Any, **keywords: Any) -> Any:  # noqa: N802 - as it is called there
        self.snapshots.append(keywords.get("snapshot"))
        return self._rbd.Image(*args, **keywords)


def test_an_image_is_opened_first_and_its_snapshot_is_taken_then(ceph: Ceph, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = load_modules()
    recorded = Recorded(plain.rbd)
    monkeypatch.setattr(module, "load_modules", lambda: Modules(plain.rados, recorded))
    with store_in(ceph) as store:
        location = store.put("opened", DATA).location
        assert store.locate("opened") == location
        assert [stat.size for stat in store.list()] == [store.stat(location).size]
        with store.open(location) as reader:
            assert reader.read() == DATA
        store.delete(store.copy(location, store, "copied").location)
        store.delete(location)
    assert len(recorded.snapshots) > 8
    assert set(recorded.snapshots) == {None}


def test_what_is_read_is_the_snapshot_and_no_later_change(ceph: Ceph) -> None:
    driver = driver_in(ceph)
    rbd = load_modules().rbd
    with store_in(ceph) as store:
        location = store.put("changed", DATA).location
        with rbd.Image(driver._connection.pool().ioctx, "changed") as image:
            image.write(b"later", 0)
            image.resize(2 * len(DATA))
        assert store.stat(location).size == len(DATA)
        with store.open(location) as reader:
            assert reader.read() == DATA
        with pytest.raises(NotFound):
            store.open(location.removesuffix("snap") + "other")
        store.delete(location)
    driver.close()
