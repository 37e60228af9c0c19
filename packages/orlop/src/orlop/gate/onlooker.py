"""The witness of last resort: it sees only what the driver says, and the reports say so."""

from __future__ import annotations

from typing import Any, ClassVar

from orlop.capabilities import Capability
from orlop.driver import Driver
from orlop.errors import InvalidLocation, NotFound
from orlop.gate.witness import Witness
from orlop.store import Store


class Onlooker(Witness):
    """For a driver that comes with no witness of its own."""

    independent: ClassVar[bool] = False

    def __init__(self, driver: Driver[Any]) -> None:
        self._store = Store("onlooker", driver)

    def names(self) -> set[str]:
        """The images and leftovers that the driver lists."""
        listed = (
            {stat.location for stat in self._store.list()} if Capability.LIST in self._store.capabilities else set()
        )
        return listed | {leftover.place for leftover in self._store.leftovers()}

    def read(self, location: str) -> bytes | None:
        """The bytes that the driver gives."""
        try:
            with self._store.open(location) as reader:
                return reader.read()
        except (NotFound, InvalidLocation):
            return None
