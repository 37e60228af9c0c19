"""The memory driver passes the whole gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import pytest
from orlop.drivers.memory.driver import MemoryDriver
from orlop.drivers.memory.settings import MemorySettings
from orlop.errors import StoreError, StoreFull
from orlop.gate import Gate
from orlop.gate.witnesses.memory import MemoryWitness


class TestMemory(Gate):
    @pytest.fixture
    def driver(self) -> MemoryDriver:
        return MemoryDriver(MemorySettings())

    @pytest.fixture
    def witness(self, driver: MemoryDriver) -> MemoryWitness:
        return MemoryWitness(driver)

    @pytest.fixture
    def faults(self, driver: MemoryDriver) -> Mapping[type[StoreError], Callable[[], AbstractContextManager[object]]]:
        @contextmanager
        def full() -> Iterator[None]:
            settings = driver.settings
            driver.settings = settings.model_copy(update={"capacity": driver.space().used + 1})
            yield
            driver.settings = settings

        return {StoreFull: full}
