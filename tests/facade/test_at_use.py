"""What a store that is not as it should be says at each use, and that it is looked at again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.metadata import EntryPoint
from io import BytesIO
from pathlib import Path
from typing import Any

import glance_store
import pytest
from glance_store import capabilities, driver, exceptions, location
from glance_store._bridge import broken, loading
from oslo_config import cfg

from tests.facade.conftest import TWO, Configure

UNUSABLE = """
[DEFAULT]
enabled_backends = fast:file, volumes:cinder, dc:vmware, objects:swift, bucket:s3
[glance_store]
default_backend = fast
[fast]
filesystem_store_datadir = {here}/fast
[objects]
swift_store_auth_version = 9
swift_store_auth_address = http://127.0.0.1:1/v3
swift_store_user = a:b
swift_store_key = c
"""
REASONS = {
    "volumes": ("cinder://3a2b7b0e-2b1c-4b1e-9a55-0d6b1d1f6a3c", "cinder driver is not built yet"),
    "dc": ("vsphere://host/folder/x?dsName=d&dcPath=p", "vmware driver is not built yet"),
    "objects": ("swift+http://127.0.0.1:1/v3/glance/x", "swift_store_auth_version"),
    "bucket": ("s3://127.0.0.1:1/bucket/x", "s3_store_host is needed"),
}


@pytest.mark.parametrize("name", REASONS)
def test_every_use_of_a_store_that_is_not_configured_says_why(configured: Configure, name: str) -> None:
    conf = configured(UNUSABLE)
    glance_store.create_multi_stores(conf)
    uri, reason = REASONS[name]
    for kind, use in uses(conf, uri, name):
        with pytest.raises(kind) as caught:
            use()
        assert reason in str(caught.value)
        assert type(caught.value) is kind
    store = glance_store.get_store_from_store_identifier(name)
    assert not store.is_capable(capabilities.BitMasks.WRITE_ACCESS)


def uses(conf: cfg.ConfigOpts, uri: str, name: str) -> list[tuple[type[Exception], Callable[[], Any]]]:
    """Everything that Glance does with a store, and what leads to the right answer of it when the options are wrong."""
    return [
        (exceptions.StoreAddDisabled, lambda: glance_store.add(conf, "x", BytesIO(b"x"), 1, name)),
        (exceptions.RemoteServiceUnavailable, lambda: glance_store.get(uri, name)),
        (exceptions.RemoteServiceUnavailable, lambda: glance_store.get(uri, name, offset=1)),
        (exceptions.BadStoreUri, lambda: glance_store.get_size_from_uri_and_backend(uri, name)),
        (exceptions.TimeoutError, lambda: glance_store.delete(uri, name)),
        (exceptions.TimeoutError, lambda: glance_store.delete(uri, None)),
        (exceptions.BadStoreConfiguration, lambda: glance_store.set_acls_for_multi_store(uri, name, public=True)),
    ]


def test_a_store_whose_options_become_right_is_used_without_a_restart(
    configured: Configure, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "fast").touch()
    conf = configured(TWO)
    glance_store.create_multi_stores(conf)
    uri = f"file://{tmp_path}/fast/one"
    for kind, use in uses(conf, uri, "fast"):
        with pytest.raises(kind, match="cannot be made"):
            use()
    (tmp_path / "fast").unlink()
    with caplog.at_level(logging.INFO):
        assert glance_store.add(conf, "one", BytesIO(b"x"), 1, "fast")[0] == uri
    assert "The store fast can be used now" in caplog.messages
    assert glance_store.get_store_from_store_identifier("fast").is_capable(capabilities.BitMasks.WRITE_ACCESS)
    glance_store.delete(uri, "fast")


class Moody(driver.Store):
    """A driver of others: its backend is down until `up`; reusable or not, it is told by its configuration."""

    _CAPABILITIES = capabilities.BitMasks.RW_ACCESS | capabilities.BitMasks.DRIVER_REUSABLE
    OPTIONS = ()
    up = False
    badly_configured = False

    def get_schemes(self) -> tuple[str, ...]:
        return ("moody",)

    def get_store_location_class(self) -> type[Any]:
        return broken.AnyLocation

    def configure_add(self) -> None:
        if self.up:
            return
        if self.badly_configured:
            raise exceptions.BadStoreConfiguration("the backend is down")
        raise exceptions.BackendException("the backend is down")

    @capabilities.check
    def add(self, *args: Any, **kwargs: Any) -> Any:
        return "moody://x", 1, "", "", {}

    @capabilities.check
    def delete(self, location: Any, context: Any = None) -> str:
        return "gone"


MOODY = "[DEFAULT]\nenabled_backends = m:moody\n[glance_store]\ndefault_backend = m\n"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that a broken store sees; `moody` is an installed driver whose backend is down."""
    now = [1000.0]
    points = {**loading._points(), "moody": EntryPoint("moody", f"{__name__}:Moody", loading.GROUP)}
    monkeypatch.setattr(loading, "_points", lambda: points)
    monkeypatch.setattr(broken, "monotonic", lambda: now[0])
    monkeypatch.setattr(Moody, "up", False)
    return now


def test_a_store_that_was_broken_at_the_start_is_tried_again(
    configured: Configure, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    conf = configured(MOODY)
    assert glance_store.create_multi_stores(conf) == 0
    with pytest.raises(exceptions.TimeoutError, match="the backend is down"):
        glance_store.delete("moody://x", "m")
    monkeypatch.setattr(Moody, "up", True)
    with pytest.raises(exceptions.TimeoutError, match="the backend is down"):
        glance_store.delete("moody://x", "m")  # not at each request
    clock[0] += broken._AGAIN
    assert glance_store.delete("moody://x", "m") == "gone"
    assert isinstance(location.SCHEME_TO_CLS_BACKEND_MAP["moody"]["m"]["store"], Moody)


def test_a_driver_of_others_that_is_not_configured_lets_no_image_be_forgotten(
    configured: Configure, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Moody, "badly_configured", True)
    glance_store.create_multi_stores(configured(MOODY))
    with pytest.raises(exceptions.TimeoutError, match="the backend is down"):
        glance_store.delete("moody://x", "m")
    store = glance_store.get_store_from_store_identifier("m")
    with pytest.raises(exceptions.StoreAddDisabled, match="the backend is down"):
        store.add("x", b"", 0)
    # One that never takes images says so, as ever.
    store._refused = ""
    with pytest.raises(exceptions.StoreDeleteNotSupported):
        glance_store.delete("moody://x", "m")


def test_a_location_that_no_store_serves_is_not_deleted_and_not_forgotten(configured: Configure) -> None:
    glance_store.create_multi_stores(configured(TWO))
    with pytest.raises(exceptions.Forbidden, match=r"No store .* 'rbd://fsid/pool/x/snap'"):
        glance_store.delete("rbd://fsid/pool/x/snap", None)


def test_one_line_of_the_log_says_what_runs_each_store(configured: Configure, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="glance_store"):
        glance_store.create_multi_stores(configured(TWO))
    told = [one.getMessage() for one in caplog.records if one.levelno == logging.INFO]
    assert len(told) == 3
    assert told[0].startswith("The store fast runs on glance-store 6.")
    assert told[0].endswith("driver file; its locations begin with filesystem:// or file://")
