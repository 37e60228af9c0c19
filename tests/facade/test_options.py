"""Options: where a store's values come from, what the old names become, and what a sample file shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import glance_store
import pytest
from glance_store import backend, driver, exceptions, multi_backend
from glance_store._bridge import registry
from glance_store._bridge.store import Store
from glance_store._drivers import filesystem, http
from orlop.drivers.file.settings import FileSettings
from orlop.drivers.http.settings import HttpSettings
from orlop.settings import StoreSettings
from oslo_config import cfg

from tests.facade.conftest import RESERVED, Configure

ONE = """
[DEFAULT]
enabled_backends = one:file, two:file
[one]
filesystem_store_datadir = {here}/one
"""


def opened(configured: Configure, text: str, name: str = "one", **more: Any) -> StoreSettings:
    return store(configured(text, **more), name).orlop.settings


def store(conf: cfg.ConfigOpts, name: str) -> Store:
    """Bring up one store; another one of the same configuration would make its default directory."""
    registry.bring_up(conf, conf.enabled_backends[name], name)
    found = glance_store.get_store_from_store_identifier(name)
    assert isinstance(found, Store)
    return found


def file_settings(configured: Configure, lines: str = "") -> FileSettings:
    settings = opened(configured, ONE + lines)
    assert isinstance(settings, FileSettings)
    return settings


def test_the_defaults_of_a_file_store(configured: Configure) -> None:
    settings = file_settings(configured)
    own = FileSettings(path=settings.path)
    assert not settings.sparse, "glance_store writes zeros unless it is told otherwise"
    assert (settings.hang_limit, settings.create, settings.retry_seconds) == (10, False, 15.0)
    as_ever = {name: getattr(own, name) for name in ("sparse", "hang_limit", "create", "retry_seconds")}
    assert settings.model_copy(update=as_ever) == own


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("filesystem_store_file_perm = 640", "mode", "0640"),
        ("filesystem_store_file_perm = -1", "mode", None),
        ("filesystem_store_chunk_size = 4096", "block_size", 2 << 20),
        ("filesystem_store_chunk_size = 8388608", "block_size", 8 << 20),
        ("filesystem_store_chunk_size = 8388609", "block_size", (8 << 20) + (64 << 10)),
        ("filesystem_store_chunk_size = 999999999", "block_size", 64 << 20),
        ("filesystem_thin_provisioning = true", "sparse", True),
        ("filesystem_store_timeout = 7", "deadline", 7.0),
        ("filesystem_store_thread_pool_size = 3", "hang_limit", 3),
        ("filesystem_store_thread_pool_size = 3000", "hang_limit", 256),
        ("orlop_settings = fsync:false,block_size:65536", "fsync", False),
        ("orlop_settings = retry_seconds:120", "retry_seconds", 120.0),
    ],
)
def test_old_options_become_settings(configured: Configure, line: str, field: str, value: object) -> None:
    assert getattr(file_settings(configured, line), field) == value


def test_several_directories(configured: Configure, tmp_path: Path) -> None:
    lines = "[two]\n" + "".join(
        f"filesystem_store_datadirs = {tmp_path}/{one}\n" for one in ("a:3", "b", "with:colon:9", "a:3")
    )
    settings = opened(configured, ONE + lines, "two")
    assert isinstance(settings, FileSettings)
    assert [(str(place.path), place.priority) for place in settings.places] == [
        (f"{tmp_path}/a", 3),
        (f"{tmp_path}/b", 0),
        (f"{tmp_path}/with:colon", 9),
    ]
    assert glance_store.get_store_from_store_identifier("two").datadir == f"{tmp_path}/with:colon"
    assert all(place.path.is_dir() for place in settings.places)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("[two]\nfilesystem_store_datadirs = /x:high", "no priority"),
        ("[two]\nfilesystem_store_datadirs = {here}/x:1\nfilesystem_store_datadirs = {here}/x:2", "two priorities"),
        ("[two]\nfilesystem_store_datadirs = {here}/x\nfilesystem_store_datadir = {here}/y", "only one of them"),
        ("[two]\nfilesystem_store_datadir =", "a directory for the images is needed"),
        ("[two]\nfilesystem_store_datadir = {here}/one.conf/x", "cannot be made"),
        ("[two]\nfilesystem_store_datadir = images", "absolute path"),
        ("[two]\nfilesystem_store_datadir = {here}/x\nfilesystem_store_metadata_file = none.json", "there is no file"),
        ("[two]\nfilesystem_store_datadir = {here}/x\norlop_settings = fsink:1", "fsink"),
    ],
)
def test_options_that_cannot_work(configured: Configure, tmp_path: Path, lines: str, reason: str) -> None:
    (tmp_path / "one.conf").touch()
    broken = store(configured(ONE + lines), "two")
    with pytest.raises(exceptions.BadStoreConfiguration, match=reason):
        broken.configure(re_raise_bsc=True)


def test_a_metadata_file_beside_the_configuration(configured: Configure, tmp_path: Path) -> None:
    (tmp_path / "mounts.json").write_text(f'{{"id": "nfs", "mountpoint": "{tmp_path}"}}')
    conf = configured(ONE + "filesystem_store_metadata_file = mounts.json")
    store(conf, "one")
    for image in ("a", "b"):
        added = glance_store.add(conf, image, b"data", 0, "one")
        assert added[3] == {"id": "nfs", "mountpoint": str(tmp_path), "store": "one"}


@pytest.mark.parametrize("value", ["10", "1.5", "null", "true", '["a", 1]', '{"deep": {"number": 2}}'])
def test_a_metadata_file_with_what_glance_cannot_keep_is_refused_at_the_start(
    configured: Configure, tmp_path: Path, value: str
) -> None:
    (tmp_path / "mounts.json").write_text(f'{{"id": "nfs", "mountpoint": "{tmp_path}", "key": {value}}}')
    conf = configured(ONE + "filesystem_store_metadata_file = mounts.json")
    broken = store(conf, "one")
    with pytest.raises(
        exceptions.BadStoreConfiguration, match=r"filesystem_store_metadata_file: .*mounts\.json .*'key(\.\w+)*' is "
    ):
        broken.configure(re_raise_bsc=True)
    with pytest.raises(exceptions.StoreAddDisabled, match="only texts"):
        glance_store.add(conf, "a", b"data", 0, "one")
    assert not list((tmp_path / "one").glob("*"))


def test_backend_defaults_are_a_fallback_and_erase_nothing(configured: Configure, tmp_path: Path) -> None:
    text = ONE + "filesystem_store_timeout = 5\n"
    text += "[backend_defaults]\nfilesystem_store_timeout = 9\nfilesystem_thin_provisioning = true\n"
    text += "filesystem_store_datadir = {here}/shared\n"
    conf = configured(text, reserved=RESERVED)
    for name in RESERVED:
        assert conf[name].filesystem_store_datadir == f"/var/lib/glance/{name}"
    staging = filesystem.Store(conf, "os_glance_staging_store")
    assert staging.store_conf.filesystem_store_datadir == "/var/lib/glance/os_glance_staging_store"
    assert staging.store_conf.filesystem_store_timeout == 9
    one, two = (store(conf, name).orlop.settings for name in ("one", "two"))
    assert isinstance(one, FileSettings)
    assert isinstance(two, FileSettings)
    assert (one.deadline, one.sparse, str(one.path)) == (5, True, f"{tmp_path}/one")
    assert (two.deadline, two.sparse, str(two.path)) == (9, True, f"{tmp_path}/shared")
    assert conf.two.filesystem_store_chunk_size == 65536, "reading a group itself still gives its default"


def test_a_value_that_equals_the_default_is_a_value(configured: Configure) -> None:
    text = ONE + "filesystem_thin_provisioning = false\n[backend_defaults]\nfilesystem_thin_provisioning = true\n"
    assert not getattr(opened(configured, text), "sparse")  # noqa: B009 - of the file driver's settings


WEB = "[DEFAULT]\nenabled_backends = one:http\n[one]\n"


@pytest.mark.parametrize(
    ("lines", "insecure"),
    [("", False), ("https_insecure = true", True), ("https_insecure = true\nhttps_ca_certificates_file = /ca", False)],
)
def test_certificates_are_verified_unless_told_otherwise(configured: Configure, lines: str, insecure: bool) -> None:
    settings = opened(configured, WEB + lines)
    assert isinstance(settings, HttpSettings)
    assert settings.insecure is insecure


def test_proxies(configured: Configure) -> None:
    settings = opened(configured, WEB + "http_proxy_information = http:10.0.0.1:3128, https:http://u:p@10.0.0.2:80")
    assert isinstance(settings, HttpSettings)
    assert {scheme: proxy.get_secret_value() for scheme, proxy in settings.proxies.items()} == {
        "http": "http://10.0.0.1:3128",
        "https": "http://u:p@10.0.0.2:80",
    }


def test_a_single_store_service(configured: Configure, tmp_path: Path) -> None:
    conf = configured("[glance_store]\nfilesystem_store_datadir = {here}/images\ndefault_store = filesystem\n")
    assert glance_store.create_stores(conf) == 2
    glance_store.verify_default_store()
    added = glance_store.add_to_backend_with_multihash(conf, "one", b"data", 4, "sha256")
    assert added[0] == f"file://{tmp_path}/images/one"
    assert added[4] == {}, "a store without an identifier names none"
    assert glance_store.add_to_backend(conf, "two", b"data", 4)[1] == 4
    pieces, size = glance_store.get_from_backend(added[0], offset=1, chunk_size=2)
    assert (b"".join(pieces), size) == (b"at", 2)
    assert glance_store.get_size_from_backend(added[0]) == 4
    assert glance_store.get_store_from_location(added[0]) == "file"
    assert glance_store.get_store_from_uri(added[0]) is glance_store.get_store_from_scheme("filesystem")
    glance_store.set_acls(added[0], public=True)
    glance_store.delete_from_backend(added[0])
    with pytest.raises(glance_store.NotFound):
        glance_store.get_from_backend(added[0])
    assert set(glance_store.get_known_schemes()) == {"file", "filesystem", "http", "https"}


def test_two_single_store_configurations_in_one_process(configured: Configure, tmp_path: Path) -> None:
    one = configured("[glance_store]\nfilesystem_store_datadir = {here}/one\n")
    two = configured("[glance_store]\nfilesystem_store_datadir = {here}/two\n", shared=False)
    for conf in (one, two):
        glance_store.create_stores(conf)
    for conf, folder in ((one, "one"), (two, "two")):
        assert glance_store.add_to_backend(conf, "image", b"data", 4)[0] == f"file://{tmp_path}/{folder}/image"
    assert glance_store.get_store_from_scheme("file").datadir == f"{tmp_path}/one"


def test_a_default_store_that_is_not_there(configured: Configure) -> None:
    conf = configured("[glance_store]\nstores = http\n")
    glance_store.create_stores(conf)
    with pytest.raises(RuntimeError, match="file not found"):
        glance_store.verify_default_store()


def test_the_sample_file_is_always_the_same() -> None:
    (first, shared), (second, drivers) = backend._list_opts()
    assert (first, second, [one.name for one in shared]) == ("glance_store",) * 2 + (["stores", "default_store"],)
    groups = [group for group, _ in multi_backend._list_config_opts()]
    assert groups == ["glance_store", "cinder", "file", "http", "rbd", "s3", "swift", "vmware"]
    assert [one for _, options in multi_backend._list_config_opts()[1:] for one in options] == drivers
    assert len(shared) + len(drivers) + len(multi_backend._STORE_OPTS) + len(driver._MULTI_BACKEND_OPTS) == 97


@pytest.mark.parametrize("kind", [filesystem.Store, http.Store])
def test_every_option_fills_a_setting_or_says_that_it_does_not(kind: type[Store]) -> None:
    for row, option in zip(kind.TABLE, kind.OPTIONS or (), strict=True):
        assert option.help
        assert (row.setting is not None) is ("Not used" not in option.help)
