"""What is gone, and what to do instead: nobody who still asks for it is told that there was never such a thing."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Day = Annotated[str, Field(pattern=r"^\d{4}(-\d\d){0,2}$")]


class Tombstone(BaseModel):
    """One thing that is gone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    what: str
    schemes: tuple[str, ...] = ()
    deprecated: Day | None = None
    removed: Day
    release: str = ""
    reason: str
    instead: str
    source: str
    """Where these facts stand."""

    def __str__(self) -> str:
        when = f"{self.removed} ({self.release})" if self.release else self.removed
        before = f", deprecated since {self.deprecated}" if self.deprecated else ""
        return f"{self.what} was removed in {when}{before}: {self.reason}; {self.instead}"


@cache
def tombstones() -> tuple[Tombstone, ...]:
    """All of them."""
    found = tomllib.loads(files(__package__).joinpath("tombstones.toml").read_text("utf-8"))
    return tuple(Tombstone.model_validate(one) for one in found["tombstones"])


def tombstone(name: str) -> Tombstone | None:
    """The one of this name; None when nothing of this name is gone."""
    return next((one for one in tombstones() if one.name == name), None)


def tombstone_of_scheme(scheme: str) -> Tombstone | None:
    """The driver that once had locations of this scheme."""
    return next((one for one in tombstones() if scheme in one.schemes), None)
