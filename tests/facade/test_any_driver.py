"""Drivers of orlop without an entry point of glance_store's: their stores work all the same, by `orlop_settings`."""

from __future__ import annotations

from io import BytesIO

import glance_store
import pytest
from glance_store import backend, exceptions
from glance_store._bridge import any_driver, loading
from orlop.errors import InvalidSettings

from tests.facade.conftest import Configure

DATA = b"an image" * 1000
TEXT = """
[DEFAULT]
enabled_backends = mine:memory, files:file
[glance_store]
default_backend = mine
[mine]
orlop_settings = {settings}
[files]
filesystem_store_datadir = {{here}}/files
"""


def test_an_image_goes_in_and_comes_out(configured: Configure) -> None:
    conf = configured(TEXT.format(settings="capacity:100000,description:mine"))
    assert glance_store.create_multi_stores(conf) == 2
    location, size, *_, metadata = glance_store.add_with_multihash(
        backend.CONF, "one", BytesIO(DATA), len(DATA), None, "sha512"
    )
    assert (location, size, metadata) == ("memory://one", len(DATA), {"store": "mine"})
    pieces, size = glance_store.get(location, "mine")
    assert (b"".join(pieces), size) == (DATA, len(DATA))
    with pytest.raises(exceptions.StorageFull):
        glance_store.add_with_multihash(backend.CONF, "two", BytesIO(DATA * 99), len(DATA) * 99, "mine", "sha512")
    # By a prefix that two stores have in common Glance would take the one for the other.
    assert glance_store.get_store_from_store_identifier("mine").url_prefix is None
    glance_store.delete(location, "mine")
    with pytest.raises(exceptions.NotFound):
        glance_store.get(location, "mine")


def test_locations_are_those_of_the_driver(configured: Configure) -> None:
    glance_store.create_multi_stores(configured(TEXT.format(settings="")))
    with pytest.raises(exceptions.BadStoreUri):
        glance_store.get_size_from_uri_and_backend("memory://", "mine")


def test_wrong_settings_break_the_store_alone(configured: Configure, caplog: pytest.LogCaptureFixture) -> None:
    conf = configured(TEXT.format(settings="capacity:much"))
    glance_store.create_multi_stores(conf)
    assert "stores.mine.capacity in the settings: input should be a valid integer" in caplog.text
    with pytest.raises(exceptions.StoreAddDisabled):
        glance_store.add_with_multihash(conf, "one", BytesIO(DATA), len(DATA), "mine", "sha512")
    added = glance_store.add_with_multihash(conf, "one", BytesIO(DATA), len(DATA), "files", "sha512")
    assert added[1] == len(DATA)


def test_glance_stores_own_drivers_come_first() -> None:
    assert loading.driver_class("file").__module__ == "glance_store._drivers.filesystem"
    assert loading.driver_class("memory") is any_driver.store_of("memory")


def test_a_driver_that_there_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(exceptions.DriverLoadFailure, match="There is no driver 'floppy'"):
        loading.driver_class("floppy")

    def missing(_: str) -> None:
        raise InvalidSettings("the 'tape' driver needs the Python module 'tape_sdk'")

    monkeypatch.setattr(loading, "store_of", missing)
    with pytest.raises(exceptions.DriverLoadFailure, match="needs the Python module 'tape_sdk'"):
        loading.driver_class("tape")
