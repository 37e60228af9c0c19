"""The gate for the Swift driver: on Swift, with Keystone's users, and with tempauth's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from typing import ClassVar

import pytest
from orlop.drivers.swift.driver import SwiftDriver
from orlop.drivers.swift.settings import SwiftSettings
from orlop.errors import StoreError, StoreFull
from orlop.gate import Gate
from orlop.records import Identity

from servers.keystone import Account
from servers.swift import Swift
from tests.drivers.swift.stores import FAST, MIB, login
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


@pytest.fixture(scope="module")
def tempauth_driver(swift: Swift) -> SwiftDriver:
    user = swift.tempauth
    told = {"auth_url": user.auth_url, "auth_version": "1", "user": user.user, "key": user.password}
    return SwiftDriver(SwiftSettings(**{**FAST, "container": "gate", **told}))


class TestTempauth(SwiftGate):
    """Swift without Keystone."""

    big_size: ClassVar[int] = 2 * MIB + 3

    @pytest.fixture
    def driver(self, tempauth_driver: SwiftDriver) -> SwiftDriver:
        return tempauth_driver


def acting(settings: SwiftSettings, identity: Identity) -> SwiftDriver:
    return SwiftDriver(settings).acting_as(identity)


@pytest.fixture(scope="module")
def identity(swift: Swift) -> Identity:
    account = swift.operator("tara")
    told = account.scope()
    return Identity(told["project"]["id"], told["user"]["id"], account.token(), ("member", "swiftoperator"))


class TestTenant(SwiftGate):
    """A store whose images are in the accounts of their owners, used by one of these."""

    big_size: ClassVar[int] = 2 * MIB + 3

    @pytest.fixture
    def settings(self, operator: Account) -> SwiftSettings:
        return login(operator, container="gate-of", multi_tenant=True)

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
