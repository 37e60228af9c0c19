"""Ceph's own commands, and its python modules, on the cluster of servers/ceph."""

import importlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.ceph import Ceph

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def ceph() -> Iterator[Ceph]:
    with Ceph("bluestore") as started:
        started.pool("images")
        started.pool("parity", erasure=True)
        started.key("glance", mon="profile rbd", osd="profile rbd pool=images, profile rbd pool=parity")
        yield started


def test_images_in_both_kinds_of_pool(ceph: Ceph, tmp_path: Path) -> None:
    content = os.urandom(5 << 20)
    (tmp_path / "image").write_bytes(content)
    for name, where in (("plain", ()), ("coded", ("--data-pool", "parity"))):
        ceph.run("rbd", "--id", "glance", "import", "--no-progress", *where, tmp_path / "image", f"images/{name}")
        ceph.run("rbd", "--id", "glance", "export", "--no-progress", f"images/{name}", tmp_path / name)
        assert (tmp_path / name).read_bytes() == content
    assert json.loads(ceph.run("rbd", "info", "--format", "json", "images/coded"))["data_pool"] == "parity"


def test_the_modules_can_be_imported(ceph: Ceph) -> None:
    rados = importlib.import_module("rados")
    with rados.Rados(conffile=str(ceph.conf)) as cluster:
        assert cluster.get_fsid() == ceph.fsid


def test_a_failed_command_says_why(ceph: Ceph) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failure:
        ceph.run("rbd", "info", "images/absent")
    assert "No such file" in failure.value.stderr


def test_an_osd_and_the_monitor_come_back(ceph: Ceph, tmp_path: Path) -> None:
    (tmp_path / "object").write_bytes(b"kept")
    ceph.run("rados", "--pool", "images", "put", "kept", tmp_path / "object")
    ceph.osds[0].stop()
    ceph.wait_for_osds(2)
    ceph.osds[0].start()
    ceph.mon.stop()
    ceph.mon.start()
    ceph.wait_for_osds(3)
    assert ceph.run("rados", "--pool", "images", "get", "kept", "-") == "kept"


def test_nothing_is_left() -> None:
    ceph = Ceph(osds=1).start()
    folder, pids = ceph.folder, [ceph.mon.pid, ceph.mgr.pid, ceph.osds[0].pid]
    ceph.stop()
    assert not folder.exists()
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
