"""Configurations of glance_store, each with stores of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import glance_store
import pytest
import stamina
from glance_store import location
from oslo_config import cfg

from servers.skip import pytest_runtest_call, pytest_runtest_setup

__all__ = ["pytest_runtest_call", "pytest_runtest_setup"]
Configure: TypeAlias = Callable[..., cfg.ConfigOpts]
RESERVED = {"os_glance_staging_store": "file", "os_glance_tasks_store": "file"}


@pytest.fixture(autouse=True)
def few_tries() -> Iterator[None]:
    """A backend that is not there is asked twice, and not for as long as `retry_seconds`."""
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No store of an earlier test is known."""
    monkeypatch.setattr(location, "SCHEME_TO_CLS_MAP", {})
    monkeypatch.setattr(location, "SCHEME_TO_CLS_BACKEND_MAP", {})
    cfg.CONF.reset()
    yield
    cfg.CONF.reset()


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Make a configuration from the text of a file; `{here}` in it is the test's folder.

    With `shared` it is the one that functions take which are given none.
    """

    def make(text: str, *, shared: bool = True, reserved: dict[str, str] | None = None) -> cfg.ConfigOpts:
        conf = cfg.ConfigOpts()
        if shared:
            for module in ("backend", "multi_backend", "location", "driver"):
                monkeypatch.setattr(f"glance_store.{module}.CONF", conf)
        conf.register_opt(cfg.DictOpt("enabled_backends"))
        file = tmp_path / f"glance-{id(conf)}.conf"
        file.write_text(text.replace("{here}", str(tmp_path)), encoding="utf-8")
        conf(["--config-file", str(file)], project="glance")
        if conf.enabled_backends:
            glance_store.register_store_opts(conf, reserved_stores=reserved)
        else:
            glance_store.register_opts(conf)
        return conf

    return make


TWO = """
[DEFAULT]
enabled_backends = fast:file, slow:file, web:http
[glance_store]
default_backend = fast
[fast]
filesystem_store_datadir = {here}/fast
store_description = quick disks
[slow]
filesystem_store_datadir = {here}/slow
weight = 7
"""
