"""Where images go, and what they are like there: pools, namespaces, features, striping; and which locations are ours."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import pytest
from orlop.errors import InvalidLocation, InvalidSettings, NotFound, PermissionDenied, StoreError
from orlop.store import Store

from servers.ceph import Ceph
from tests.drivers.rbd.stores import MIB, driver_in, store_in

pytestmark = pytest.mark.server


def info(ceph: Ceph, image: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ceph.run("rbd", "info", "--format", "json", image))
    return found


def test_object_size_features_and_striping(ceph: Ceph) -> None:
    settings: dict[str, Any] = {
        "object_size": 2 * MIB,
        "features": ("layering", "exclusive-lock"),
        "stripe_unit": 65536,
        "stripe_count": 4,
    }
    data = os.urandom(9 * MIB + 5)
    with store_in(ceph, **settings) as store:
        location = store.put("striped", data).location
        found = info(ceph, "images/striped")
        assert (found["object_size"], found["stripe_unit"], found["stripe_count"]) == (2 * MIB, 65536, 4)
        assert set(found["features"]) == {"layering", "exclusive-lock", "striping"}
        assert store.open(location).read() == data
        store.delete(location)


def test_data_go_to_the_data_pool(ceph: Ceph) -> None:
    data = os.urandom(9 * MIB)
    with store_in(ceph, data_pool="parity") as store:
        receipt = store.put("coded", data)
        assert info(ceph, "images/coded")["data_pool"] == "parity"
        assert "/images/" in receipt.location
        copied = store.copy(receipt.location, store, "coded-too")
        assert info(ceph, "images/coded-too")["data_pool"] == "parity"
        for location in (receipt.location, copied.location):
            assert store.open(location).read() == data
            store.delete(location)
        assert "rbd_data" not in ceph.run("rados", "--pool", "parity", "ls")


def test_a_namespace_is_a_place_of_its_own(ceph: Ceph) -> None:
    ceph.run("rbd", "namespace", "create", "images/tenant")
    with store_in(ceph) as outside, store_in(ceph, namespace="tenant") as inside:
        mine, other = inside.put("one", b"inside").location, outside.put("one", b"outside").location
        assert [stat.location for stat in inside.list()] == [mine]
        assert ceph.run("rbd", "export", "--no-progress", "images/tenant/one@snap", "-") == "inside"
        with pytest.raises(InvalidLocation, match="in the pool images/tenant"):
            outside.stat(mine)
        assert inside.copy(mine, inside, "two").size == 6
        for store, location in ((inside, mine), (inside, inside.locate("two")), (outside, other)):
            store.delete(location)
    ceph.run("rbd", "namespace", "remove", "images/tenant")


def test_what_does_not_exist_is_told_by_its_setting(ceph: Ceph) -> None:
    for settings, said in (
        ({"pool": "absent"}, "pool: the cluster has no pool 'absent'"),
        ({"namespace": "absent"}, "namespace: the pool 'images' has no namespace 'absent'"),
        ({"data_pool": "absent"}, "data_pool: the cluster has no pool 'absent'"),
        ({"user": "absent"}, "user: no key of client.absent"),
        ({"conf": ceph.folder / "absent.conf"}, "conf: there is no configuration of Ceph at"),
    ):
        with store_in(ceph, **settings) as store, pytest.raises(InvalidSettings, match=said):
            store.put("x", b"data")


def test_a_wrong_key_is_refused(ceph: Ceph) -> None:
    keyring = ceph.folder / "client.intruder.keyring"
    key = ceph.run("ceph-authtool", "--gen-print-key").strip()
    keyring.write_text(f"[client.intruder]\nkey = {key}\n")
    ceph.run("ceph", "auth", "get-or-create", "client.intruder", "mon", "profile rbd")
    with store_in(ceph, user="intruder") as store, pytest.raises(PermissionDenied) as refused:
        store.put("x", b"data")
    assert key not in str(refused.value)


def test_another_cluster_is_refused(ceph: Ceph) -> None:
    with store_in(ceph) as store:
        location = store.put("here", b"data").location
        foreign = location.replace(ceph.fsid, "00000000-0000-0000-0000-000000000000")
        for call in (store.stat, store.delete, store.open):
            with pytest.raises(InvalidLocation, match="of another cluster"):
                call(foreign)
        store.delete(location)


def test_other_pools_are_read_when_the_settings_say_so(ceph: Ceph) -> None:
    ceph.pool("old")
    ceph.run("ceph", "auth", "caps", "client.glance", "mon", "profile rbd", "osd", "profile rbd", "mgr", "profile rbd")
    with store_in(ceph, pool="old") as old, store_in(ceph) as strict, store_in(ceph, other_pools=("old",)) as new:
        location = old.put("long-ago", b"data").location
        with pytest.raises(InvalidLocation, match="in the pool old"):
            strict.open(location)
        assert new.open(location).read() == b"data"
        new.delete(location)
        assert not old.exists(location)


def test_locations_of_old(ceph: Ceph, tmp_path: Any) -> None:
    (tmp_path / "image").write_bytes(b"of old")
    ceph.run("rbd", "import", "--no-progress", tmp_path / "image", "images/ancient")
    with store_in(ceph) as store:
        assert store.open("rbd://ancient").read() == b"of old"
        assert store.stat("rbd://ancient").size == 6
        with pytest.raises(NotFound):  # without its snapshot it is an upload under way, for a location of now
            store.locate("ancient")
        assert not list(store.list())
        ceph.run("rbd", "snap", "create", "--no-progress", "images/ancient@snap")
        assert store.open(store.locate("ancient")).read() == b"of old"
        store.delete("rbd://ancient")
        with pytest.raises(NotFound):
            store.stat("rbd://ancient")


def test_a_deleted_pool_is_not_a_missing_image(ceph: Ceph) -> None:
    ceph.pool("doomed")
    ceph.run("ceph", "auth", "caps", "client.glance", "mon", "profile rbd", "osd", "profile rbd", "mgr", "profile rbd")
    with store_in(ceph, pool="doomed") as store:
        location = store.put("x", b"data").location
        ceph.run("ceph", "osd", "pool", "delete", "doomed", "doomed", "--yes-i-really-really-mean-it")
        with pytest.raises(StoreError) as gone:
            until = time.monotonic() + 30
            while time.monotonic() < until:  # an OSD answers until it has heard of it
                store.stat(location)
        assert not isinstance(gone.value, NotFound)
        assert "doomed" in gone.value.reason


def test_the_space_is_that_of_the_pool(ceph: Ceph) -> None:
    with store_in(ceph) as store:
        assert store.space().total > 100 * MIB
        ceph.run("ceph", "osd", "pool", "set-quota", "images", "max_bytes", str(100 * MIB))
        assert store.space().free <= 100 * MIB
        ceph.run("ceph", "osd", "pool", "set-quota", "images", "max_bytes", "0")


def test_one_connection_serves_all(ceph: Ceph) -> None:
    store = Store("ceph", driver_in(ceph))
    before = len(os.listdir("/proc/self/fd"))
    for number in range(3):
        store.delete(store.put(f"again-{number}", b"data").location)
        store.check()
    once = len(os.listdir("/proc/self/fd"))
    for number in range(3):
        store.delete(store.put(f"again-{number}", b"data").location)
        store.check()
    assert len(os.listdir("/proc/self/fd")) <= once + 2
    store.close()
    assert len(os.listdir("/proc/self/fd")) <= before + 2
