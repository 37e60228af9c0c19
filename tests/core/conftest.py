"""What the tests of the core share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina
from orlop.store import Store

from tests.core.faulty import FaultyDriver, store_of


@pytest.fixture(autouse=True)
def _quick_retries() -> Iterator[None]:
    """Retries as configured, but without the waits between them."""
    with stamina.set_testing(True, attempts=50, cap=True):
        yield


@pytest.fixture
def driver() -> FaultyDriver:
    return FaultyDriver(deadline=20, commit_deadline=20)


@pytest.fixture
def store(driver: FaultyDriver) -> Store:
    return store_of(driver)
