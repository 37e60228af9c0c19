"""The settings of a memory store."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field

from orlop.errors import InvalidLocation
from orlop.settings import StoreSettings


class MemorySettings(StoreSettings):
    """A store in the memory of this process; it ends with it."""

    takes_uri: ClassVar[str] = "memory:"

    driver: Literal["memory"] = "memory"
    capacity: int = Field(default=1024**3, ge=0)
    """Bytes that all images together may take."""

    @classmethod
    def from_uri(cls, uri: str) -> Self:
        """`memory:` or `memory://`, nothing more."""
        if uri not in {"memory:", "memory://"}:
            raise InvalidLocation("a memory store is 'memory:', nothing more", location=uri)
        return cls()

    def scratch(self, name: str) -> Self:
        """A memory store is a place of its own already."""
        del name
        return self
