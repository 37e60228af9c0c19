"""The scratch place of a live store: given to the cases, and cleared at the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import entry_points
from typing import Any

import pytest

from orlop.driver import Driver
from orlop.errors import StoreError, Unsupported
from orlop.gate.onlooker import Onlooker
from orlop.gate.witness import Witness
from orlop.store import Store

WITNESSES = "orlop.witnesses"
"""The group of entry points by which a driver's witness is found: the driver's name, and its maker."""


class Place:
    """A plugin of pytest, which has the fixture that `live_suite` asks for."""

    def __init__(self, store_name: str, driver: Driver[Any], settle: float) -> None:
        self.store_name = store_name
        self.driver = driver
        self.witness = witness_of(driver)
        self.settle = settle
        if names := self.witness.names():
            reason = f"the scratch place has {len(names)} things in it already; nothing is done there"
            raise Unsupported(reason, store=store_name, operation="gate")

    @pytest.fixture
    def live_place(self) -> Place:
        """This place."""
        return self

    def clear(self) -> None:
        """Leave nothing: what failed cases have left, dead uploads, and the place itself."""
        store = Store(self.store_name, self.driver)
        steps: list[Callable[[], None]] = [
            lambda: _delete_images(store),
            lambda: _clean_leftovers(store),
            self.witness.sweep,
            store.close,
        ]
        for step in steps:
            with suppress(StoreError):
                step()


def witness_of(driver: Driver[Any]) -> Witness:
    """The witness that goes with the driver, or else one that only repeats what the driver says."""
    for point in entry_points(group=WITNESSES, name=driver.settings.driver):
        witness: Witness = point.load()(driver)
        return witness
    return Onlooker(driver)


def _delete_images(store: Store) -> None:
    for stat in list(store.list()):
        store.delete(stat.location)


def _clean_leftovers(store: Store) -> None:
    for leftover in list(store.leftovers()):
        store.clean(leftover)
