"""Stores on Swift as the tests want them, and a look at what is left."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from orlop.drivers.swift.driver import SwiftDriver
from orlop.drivers.swift.settings import SwiftSettings
from orlop.store import Store

from servers.http_faults import HttpFaults
from servers.keystone import Account
from servers.swift import Swift
from tests.drivers.swift.witness import SwiftWitness

MIB = 1024 * 1024
FAST: dict[str, Any] = {
    "segment_size": MIB,
    "leftover_seconds": 4.0,
    "create_container": True,
    "retry_seconds": 30.0,
    "read_timeout": 5.0,
}
"""Segments so small that images of several are small, and dead uploads that are dead soon."""

NAMED = {"X-Trans-Id": "tx0123456789abcdef"}
"""By what Swift shows that an answer is its own."""


def login(account: Account, **more: Any) -> SwiftSettings:
    """The settings of a store in the account of this user."""
    told = {"auth_url": account.auth_url, "user": account.user, "key": account.password, "project": account.project}
    return SwiftSettings(**{**told, **FAST, **more})


class Place:
    """A container that nobody else uses, a store in it, behind a proxy with faults, and a witness before it."""

    def __init__(self, swift: Swift, account: Account, **settings: Any) -> None:
        self.account = account
        self.swift = swift
        self.container = f"t-{uuid.uuid4().hex[:12]}"
        self.proxy = HttpFaults("127.0.0.1", swift.port)
        self._settings = settings
        self._project = account.scope()["project"]["id"]

    def start(self) -> None:
        self.proxy.start()
        self.endpoint = self.swift.storage_url(self._project).replace(self.swift.url, self.proxy.base)
        self.witness = SwiftWitness(self.swift.storage_url(self._project), self.account.token(), self.container)
        self.witness.request("PUT", self.container)
        self.store = self.opened()

    def settings(self, **more: Any) -> SwiftSettings:
        return login(self.account, **{"container": self.container, "endpoint": self.endpoint, **self._settings, **more})

    def opened(self, **more: Any) -> Store:
        return Store("swift", SwiftDriver(self.settings(**more)))

    def stop(self) -> None:
        self.store.close()
        self.proxy.stop()

    def left(self) -> set[str]:
        """The names of all objects."""
        return self.witness.names()


@contextmanager
def place(swift: Swift, account: Account, **settings: Any) -> Iterator[Place]:
    made = Place(swift, account, **settings)
    made.start()
    try:
        yield made
    finally:
        made.stop()
