"""The rbd store of glance_store, on a real cluster."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import glance_store
import pytest
from glance_store import exceptions, location
from oslo_config import cfg

from servers.ceph import Ceph
from tests.facade.conftest import Configure

pytestmark = pytest.mark.server

CONF = """
[DEFAULT]
enabled_backends = fast:rbd, apart:rbd
[glance_store]
default_backend = fast
[fast]
rbd_store_ceph_conf = CONF
rbd_store_user = glance
rados_connect_timeout = 20
[apart]
rbd_store_ceph_conf = CONF
rbd_store_user = glance
rbd_store_pool = images/apart
rbd_store_chunk_size = 4
rbd_thin_provisioning = true
"""


@pytest.fixture(scope="module")
def ceph() -> Iterator[Ceph]:
    with Ceph() as cluster:
        cluster.pool("images")
        cluster.key("glance", mon="profile rbd", osd="profile rbd", mgr="profile rbd")
        cluster.run("rbd", "namespace", "create", "images/apart")
        yield cluster


@pytest.fixture
def stores(ceph: Ceph, configured: Configure) -> cfg.ConfigOpts:
    conf = configured(CONF.replace("CONF", str(ceph.conf)))
    glance_store.create_multi_stores(conf)
    glance_store.verify_store()
    return conf


def test_a_round_trip(ceph: Ceph, stores: cfg.ConfigOpts) -> None:
    data = os.urandom(20 << 20)
    for store, place in (("fast", "images"), ("apart", "images%2Fapart")):
        uri, size, checksum, multihash, metadata = glance_store.add_with_multihash(
            stores, "an-image", BytesIO(data), len(data), store, "sha512"
        )
        assert uri == f"rbd://{ceph.fsid}/{place}/an-image/snap"
        assert (size, metadata) == (len(data), {"store": store})
        assert checksum == hashlib.md5(data).hexdigest()
        assert multihash == hashlib.sha512(data).hexdigest()
        pieces, length = glance_store.get(uri, store)
        assert (b"".join(pieces), length) == (data, len(data))
        pieces, _ = glance_store.get(uri, store, offset=10, chunk_size=5)
        assert b"".join(pieces) == data[10:15]
        assert glance_store.get_size_from_uri_and_backend(uri, store) == len(data)
        with pytest.raises(exceptions.Duplicate):
            glance_store.add_with_multihash(stores, "an-image", BytesIO(b"x"), 1, store, "sha512")
        glance_store.delete(uri, store)
        with pytest.raises(exceptions.NotFound):
            glance_store.delete(uri, store)


def test_what_glance_shows(ceph: Ceph, stores: cfg.ConfigOpts) -> None:
    fast, apart = (glance_store.get_store_from_store_identifier(name) for name in ("fast", "apart"))
    assert fast.url_prefix == f"rbd://{ceph.fsid}/images/"
    assert apart.url_prefix == f"rbd://{ceph.fsid}/images%2Fapart/"
    assert (fast.chunk_size, fast.pool, fast.thin_provisioning) == (8 << 20, "images", False)
    assert (apart.chunk_size, apart.pool, apart.thin_provisioning) == (4 << 20, "images/apart", True)
    with fast.get_connection(None, None) as connection:
        assert connection.get_fsid() == ceph.fsid


def test_a_clone_makes_it_in_use(ceph: Ceph, stores: cfg.ConfigOpts) -> None:
    uri = glance_store.add_with_multihash(stores, "parent", BytesIO(b"data"), 4, "fast", "sha512")[0]
    # As Nova takes a location apart.
    fsid, pool, image, snapshot = uri.removeprefix("rbd://").split("/")
    assert fsid == ceph.fsid
    ceph.run("rbd", "clone", "--rbd-default-clone-format=1", f"{pool}/{image}@{snapshot}", "images/volume")
    with pytest.raises(exceptions.InUseByStore):
        glance_store.delete(uri, "fast")
    ceph.run("rbd", "rm", "--no-progress", "images/volume")
    glance_store.delete(uri, "fast")
    assert json.loads(ceph.run("rbd", "ls", "--format", "json", "images")) == []


def test_a_location_of_old_is_read(ceph: Ceph, stores: cfg.ConfigOpts) -> None:
    ceph.run("rbd", "create", "--size", "1M", "images/ancient")
    assert location.get_location_from_uri_and_backend("rbd://ancient", "fast").get_store_uri() == "rbd://ancient"
    assert glance_store.get_size_from_uri_and_backend("rbd://ancient", "fast") == 1 << 20
    glance_store.delete("rbd://ancient", "fast")


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("rbd_store_pool = absent", "no pool 'absent'"),
        ("rbd_store_chunk_size = 3", "power of two"),
        ("rbd_store_user = nobody", "no key of client.nobody"),
    ],
)
def test_wrong_options_are_told(ceph: Ceph, configured: Configure, option: str, said: str) -> None:
    text = CONF.replace("CONF", str(ceph.conf)).replace("rados_connect_timeout = 20", option)
    if "user" in option:
        text = text.replace("rbd_store_user = glance\nrbd_store_user", "rbd_store_user", 1)
    conf = configured(text)
    glance_store.create_multi_stores(conf)
    with pytest.raises(exceptions.BadStoreConfiguration, match=said):
        glance_store.get_store_from_store_identifier("fast").configure_add()


def test_an_empty_rbd_store_ceph_conf_is_etc_ceph_whatever_the_environment_says(
    ceph: Ceph, configured: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / ".ceph"
    home.mkdir()
    (home / "ceph.conf").write_bytes(ceph.conf.read_bytes())
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CEPH_CONF", str(ceph.conf))
    monkeypatch.chdir(ceph.folder)
    monkeypatch.setattr("orlop.drivers.rbd.connection.DEFAULT_CONF", tmp_path / "etc.conf")
    glance_store.create_multi_stores(configured(CONF.replace("CONF", "")))
    with pytest.raises(exceptions.BadStoreConfiguration, match=r"no configuration of Ceph at .*etc\.conf"):
        glance_store.get_store_from_store_identifier("fast").configure_add()
