"""Looks into the dictionary of a memory store."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import unquote

from orlop.drivers.memory.driver import MemoryDriver
from orlop.gate.witness import Witness


class MemoryWitness(Witness):
    """Uploads under way are in no place that could be looked at: what is not in the dictionary goes by itself."""

    in_process: ClassVar[bool] = True

    def __init__(self, driver: MemoryDriver) -> None:
        self._images = driver._images  # noqa: SLF001 - a witness looks where nobody else may

    def names(self) -> set[str]:
        """The ids in the dictionary."""
        return set(self._images)

    def read(self, location: str) -> bytes | None:
        """The bytes in the dictionary."""
        image = self._images.get(unquote(location.removeprefix("memory://")))
        return None if image is None else image.data
