"""One Keystone and one Swift for all tests of the driver."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from servers.keystone import Account, Keystone
from servers.skip import pytest_runtest_call, pytest_runtest_setup
from servers.swift import Swift

__all__ = ["pytest_runtest_call", "pytest_runtest_setup"]


@pytest.fixture(scope="session")
def keystone() -> Iterator[Keystone]:
    with Keystone() as started:
        yield started


@pytest.fixture(scope="session")
def swift(keystone: Keystone) -> Iterator[Swift]:
    with Swift(keystone) as started:
        yield started


@pytest.fixture(scope="session")
def operator(swift: Swift) -> Account:
    """A user who may do everything in his project's account."""
    return swift.operator("olga")
