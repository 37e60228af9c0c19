"""The gate for the Swift driver: on Swift, with Keystone's users. Those of tempauth are in `test_tokens.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from functools import partial
from typing import ClassVar

import pytest
from orlop.drivers.swift.driver import SwiftDriver
from orlop.drivers.swift.settings import SwiftSettings
from orlop.errors import StoreError, StoreFull
from orlop.gate import Fault as GateFault
from orlop.gate import Gate
from orlop.records import Identity

from servers.http_faults import Fault, HttpFaults
from servers.keystone import Account
from servers.swift import Swift
from tests.drivers.swift.stores import MIB, login
from tests.drivers.swift.witness import SwiftWitness

pytestmark = pytest.mark.server


class SwiftGate(Gate):
    ceiling_size: ClassVar[int] = 96 * MIB
    settle = 9.0
    version: ClassVar[str] = "Swift 2.38.3"

    @pytest.fixture
    def witness(self, driver: SwiftDriver) -> SwiftWitness:
        if not driver.settings.multi_tenant:
            driver._containers.have(driver.settings.container)
        client = driver._client
        token = client.token
        assert token is not None
        return SwiftWitness(client.url, token, driver.settings.container, self.version)

    @pytest.fixture
    def faults(self, witness: SwiftWitness) -> Mapping[type[StoreError], Callable[[], AbstractContextManager[object]]]:
        @contextmanager
        def full() -> Iterator[None]:
            witness.request("POST", witness.container, {"X-Container-Meta-Quota-Bytes": "1"})
            yield
            witness.request("POST", witness.container, {"X-Remove-Container-Meta-Quota-Bytes": "x"})

        return {StoreFull: full}


@pytest.fixture(scope="module")
def keystone_driver(operator: Account) -> SwiftDriver:
    return SwiftDriver(login(operator, container="gate"))


class TestKeystone(SwiftGate):
    """Swift as most have it."""

    @pytest.fixture
    def driver(self, keystone_driver: SwiftDriver) -> SwiftDriver:
        return keystone_driver


def acting(settings: SwiftSettings, identity: Identity) -> SwiftDriver:
    return SwiftDriver(settings).acting_as(identity)


@pytest.fixture(scope="module")
def identity(swift: Swift) -> Identity:
    account = swift.operator("tara")
    told = account.scope()
    return Identity(told["project"]["id"], told["user"]["id"], account.token(), ("member", "swiftoperator"))


@pytest.fixture(scope="module")
def proxy(swift: Swift) -> Iterator[HttpFaults]:
    with HttpFaults("127.0.0.1", swift.port) as started:
        yield started


@contextmanager
def told(proxy: HttpFaults, *lies: Fault) -> Iterator[None]:
    """The proxy answers in place of the server."""
    proxy.set(*lies)
    try:
        yield
    finally:
        proxy.clear()


class TestTenant(SwiftGate):
    """A store whose images are in the accounts of their owners, used by one of these. Before it is what can lie."""

    big_size: ClassVar[int] = 2 * MIB + 3

    @pytest.fixture
    def settings(self, swift: Swift, proxy: HttpFaults, operator: Account, identity: Identity) -> SwiftSettings:
        endpoint = swift.storage_url(identity.project_id).replace(swift.url, proxy.base)
        return login(operator, container="gate-of", multi_tenant=True, endpoint=endpoint, retry_seconds=3.0)

    @pytest.fixture
    def lies(self, proxy: HttpFaults) -> Mapping[str, GateFault]:
        changing = [Fault(method=method, status=200, times=None) for method in ("PUT", "POST", "DELETE")]
        endless = [replace(fault, endless=True) for fault in changing]
        return {"200 and nothing behind it": lambda: told(proxy, *changing), "endless": lambda: told(proxy, *endless)}

    @pytest.fixture
    def driver(self, settings: SwiftSettings, identity: Identity) -> Iterator[SwiftDriver]:
        with closing(SwiftDriver(settings)) as own, closing(own.acting_as(identity)) as driver:
            yield driver

    @pytest.fixture
    def reopen(self, settings: SwiftSettings, identity: Identity) -> Callable[[], SwiftDriver]:
        return partial(acting, settings, identity)

    @pytest.fixture
    def faults(self) -> Mapping[type[StoreError], Callable[[], AbstractContextManager[object]]]:
        return {}
