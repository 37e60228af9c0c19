"""Glance as a service, with Keystone, a web server, and its stores; started once in a run.

`GLANCE_LIBRARY=upstream` in the environment puts upstream's glance_store under it, to see what it does differently.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from servers.filesystems import Tmpfs
from servers.fuse_faults import FuseFaults
from servers.glance import Glance, Library, Store
from servers.keystone import Account, Keystone
from servers.missing import Missing
from servers.nginx import Nginx
from servers.openstack import OpenStack
from servers.pki import Authority
from servers.server import Server
from servers.skip import pytest_runtest_call, pytest_runtest_setup
from tests.service.images import Images

__all__ = ["pytest_runtest_call", "pytest_runtest_setup"]

SMALL = 8 << 20


S = TypeVar("S", bound=Server)


@dataclass(frozen=True)
class Cloud:
    """What the tests work with.

    images, admin: Glance's API for a user and for the administrator. stores: the folders of the file stores. `full` has
    room for 8 MiB, if this machine can have that; `faults` is what can befall the store `frail`.
    """

    keystone: Keystone
    glance: Glance
    account: Account
    openstack: OpenStack
    images: Images
    admin: Images
    stores: dict[str, Path]
    full: Tmpfs | Missing
    faults: FuseFaults | Missing

    def files(self) -> list[Path]:
        """Every file in any store, staging included."""
        folders = [*self.stores.values(), self.glance.staging, self.glance.tasks]
        return [path for folder in folders for path in folder.rglob("*") if not path.is_dir()]


def _if_possible(undo: ExitStack, server: S) -> S | Missing:
    try:
        undo.enter_context(server)
    except Missing as missing:
        return missing
    return server


@pytest.fixture(scope="session")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    with Nginx(Authority(tmp_path_factory.mktemp("pki"))) as started:
        yield started


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("service")
    stores = {name: folder / name for name in ("fast", "second", "full", "frail")}
    for path in [*stores.values(), folder / "openstack"]:
        path.mkdir()
    with ExitStack() as undo:
        full = _if_possible(undo, Tmpfs(SMALL))
        faults = _if_possible(undo, FuseFaults(stores["frail"]))
        seen = stores | {name: one.path for name, one in (("full", full), ("frail", faults)) if isinstance(one, Server)}
        keystone = undo.enter_context(Keystone(folder=folder / "keystone"))
        glance = Glance(
            keystone,
            {**{name: Store.file(path) for name, path in seen.items()}, "web": Store("http")},
            library=Library[os.environ.get("GLANCE_LIBRARY", "ours").upper()],
            options={"DEFAULT": {"debug": True}},
            folder=folder / "glance",
        )
        undo.enter_context(glance)
        account = keystone.account("demo")
        images, admin = (Images(glance.url, one.token()) for one in (account, keystone.admin))
        undo.callback(images.close)
        undo.callback(admin.close)
        openstack = OpenStack(account, folder / "openstack")
        yield Cloud(keystone, glance, account, openstack, images, admin, seen, full, faults)


@pytest.fixture
def cloud(running: Cloud) -> Iterator[Cloud]:
    """Glance without images, before and after; no file of any is left in any store."""
    yield running
    for image in running.images.all():
        running.images.delete(image)
    end = time.monotonic() + 20
    while running.files() and time.monotonic() < end:  # a task removes what it has staged after the image is active
        time.sleep(0.1)
    assert running.files() == []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What reads the logs comes after what writes them."""
    items.sort(key=lambda item: item.path.name == "test_no_secret_in_logs.py")
