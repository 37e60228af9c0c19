"""What becomes of stores whose drivers are deprecated, unsupported or gone."""

from __future__ import annotations

import logging

import glance_store
import pytest
from glance_store import backend, exceptions, location
from glance_store._bridge import options
from glance_store._bridge.file_options import FILE_OPTIONS
from glance_store._bridge.loading import driver_class
from orlop.drivers.file.settings import FileSettings
from orlop.lifecycle import admission

from tests.facade.conftest import Configure
from tests.lifecycle.records import record

ONE = """
[DEFAULT]
enabled_backends = fast:file
[glance_store]
default_backend = fast
[fast]
filesystem_store_datadir = {here}/fast
"""


def give(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    rows = [
        {"date": "2025-01-01", "status": "supported", "reason": "good"},
        {"date": "2026-02-03", "status": status, "reason": "nobody maintains it"},
    ]
    found = record(history=rows, migration="Copy the images.")
    monkeypatch.setattr(admission, "record_of", lambda name: found)
    monkeypatch.setattr(admission, "_told", set())


def test_a_deprecated_driver_is_logged_and_warned_of_once(
    configured: Configure, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    give(monkeypatch, "deprecated")
    conf = configured(ONE)
    with pytest.warns(DeprecationWarning, match="file driver is deprecated since 2026-02-03: nobody maintains it"):
        assert glance_store.create_multi_stores(conf) == 1
    assert glance_store.create_multi_stores(conf) == 1
    told = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert told == [
        "The store fast: the file driver is deprecated since 2026-02-03: nobody maintains it; Copy the images."
    ]


@pytest.mark.parametrize("status", ["supported", "unsupported", "deprecated"])
def test_the_options_of_a_deprecated_driver_are_deprecated(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    rows = [
        {"date": "2025-01-01", "status": "supported", "reason": "good"},
        {"date": "2026-02-03", "status": status, "reason": "nobody maintains it"},
    ]
    found = record(history=rows[1:] if status == "supported" else rows, migration="Copy the images.")
    monkeypatch.setattr(options, "record_of", lambda name: found)
    made = options.declared(FILE_OPTIONS, FileSettings, "file")
    told = {(one.deprecated_since, one.deprecated_reason) for one in made if one.deprecated_for_removal}
    if status == "deprecated":
        said = "the file driver is deprecated since 2026-02-03: nobody maintains it; Copy the images."
        assert told == {("2026-02-03", said)}
        assert all(one.deprecated_for_removal for one in made)
    else:
        assert {since for since, _ in told} == {"Flamingo"}, "only the one that is deprecated by itself"


def test_an_unsupported_driver_works_where_its_store_allows_it(
    configured: Configure, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    give(monkeypatch, "unsupported")
    glance_store.create_multi_stores(configured(ONE))
    assert "unsupported since 2026-02-03" in caplog.text
    assert "orlop_settings = allow_unsupported:true" in caplog.text
    with pytest.raises(exceptions.RemoteServiceUnavailable, match="unsupported since 2026-02-03"):
        glance_store.get("file:///x", "fast")
    allowed = configured(ONE + "orlop_settings = allow_unsupported:true\n")
    assert glance_store.create_multi_stores(allowed) == 1
    with pytest.raises(exceptions.NotFound):
        glance_store.get("file:///x", "fast")


@pytest.mark.parametrize("driver", ["gridfs", "sheepdog"])
def test_a_driver_that_is_gone_says_so_and_hurts_no_other_store(
    driver: str, configured: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(exceptions.BadStoreConfiguration, match=f"the {driver} driver was removed in 20"):
        driver_class(driver)
    conf = configured(f"[glance_store]\nstores = file,{driver}\nfilesystem_store_datadir = {{here}}/images\n")
    with pytest.raises(exceptions.BadStoreConfiguration, match=f"the {driver} driver was removed in 20"):
        backend._load_store(conf, driver)
    assert glance_store.create_stores(conf) == 1
    assert f"the {driver} driver was removed in 20" in caplog.text
    with pytest.raises(exceptions.RemoteServiceUnavailable, match="use a store of another driver"):
        glance_store.get_from_backend(f"{driver}://x/y")
    assert set(location.SCHEME_TO_CLS_MAP) == {"file", "filesystem", driver}


def test_a_store_of_several_that_is_gone_says_so(configured: Configure, caplog: pytest.LogCaptureFixture) -> None:
    conf = configured(ONE.replace("fast:file", "fast:file, old:sheepdog"))
    assert "The store old: " in caplog.text
    assert "the sheepdog driver was removed in 2019-11 (Ussuri)" in caplog.text
    assert glance_store.create_multi_stores(conf) == 1
    with pytest.raises(exceptions.RemoteServiceUnavailable, match="the sheepdog driver was removed"):
        glance_store.get("sheepdog://x/y", "old")


@pytest.mark.parametrize("version", ["1", "2"])
def test_old_ways_to_authenticate_with_swift_are_gone(
    version: str, configured: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    conf = configured(f"[glance_store]\nstores = swift\nswift_store_auth_version = {version}\n")
    glance_store.create_stores(conf)
    assert f"swift_store_auth_version = {version}) was removed in 2025" in caplog.text
