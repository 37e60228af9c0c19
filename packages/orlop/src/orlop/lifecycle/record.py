"""What a driver says of itself: the file `driver.toml` in its package.

It is also the candidacy of its maintainers. One that lacks something is not valid, and the error says all that is
missing.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from orlop.capabilities import Capability
from orlop.lifecycle.status import Status

SCHEMA = 1
"""Raised by one whenever a field changes its meaning or goes away."""

Text = Annotated[str, Field(min_length=1)]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]


class InvalidRecord(ValueError):
    """A driver.toml is not valid; the message names each field and what is wrong with it."""


def _known(name: str) -> str:
    if name not in Capability.__members__ or not Capability[name]:
        raise ValueError(f"{name!r} is no capability")
    return name


CapabilityName = Annotated[str, AfterValidator(_known)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Maintainer(_Data):
    """Somebody who answers for the driver."""

    name: Text
    """The name of a person or a team."""
    contact: Text | None = None
    """Where else they are reached, such as an issue tracker; with it, `email` and `nick` are not needed."""
    email: Email | None = Field(default=None, validate_default=True)
    """Where mail reaches them."""
    nick: Text | None = Field(default=None, validate_default=True)
    """Their name, or the team's room, in the chat."""
    team: bool = False
    """Whether this is a team and not one person."""

    @field_validator("email", "nick")
    @classmethod
    def _can_be_reached(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and not info.data.get("contact"):
            raise PydanticCustomError("missing", "Field required")
        return value

    @property
    def reached(self) -> str:
        """Where they are reached, in words."""
        chat = self.nick and f"{self.nick} in the chat"
        return ", ".join(filter(None, (self.email, chat, self.contact)))


class Job(_Data):
    """A job that tests the driver again and again."""

    name: Text
    """The job's name."""
    command: Text
    """What runs it, from the root of the repository."""
    voting: bool
    """Whether a change that makes it red cannot be merged."""
    suites: tuple[Literal["orlop-gate", "glance-functional", "glance-unit"], ...] = Field(min_length=1)
    """Which tests it runs: orlop's own gate, Glance's functional tests, Glance's unit tests."""
    servers: tuple[Text, ...]
    """The servers, or file systems, on which it runs them; empty where the driver needs none."""


class Claims(_Data):
    """What the driver can do, by the names of orlop's capabilities."""

    required: tuple[CapabilityName, ...]
    """What every store of this driver can do."""
    optional: tuple[CapabilityName, ...] = ()
    """What depends on settings, or on what the server can do."""


class Change(_Data):
    """One change of the driver's status."""

    date: dt.date
    """The day from which on it holds."""
    status: Status
    """The status that it changed to."""
    reason: Text
    """Why."""
    rule: str = ""
    """The name of the policy's rule that led to it; empty when it was somebody's decision."""


class Record(_Data):
    """One driver's data."""

    schema_: Literal[1] = Field(alias="schema")
    """The version of this format."""
    title: Text
    """The driver in a few words, for tables."""
    summary: Text
    """What it is for, in a sentence or two."""
    since: Text
    """The release that had it first."""
    maintainers: tuple[Maintainer, ...]
    """Those who answer for it, people or a team. An empty list says that there is nobody."""
    jobs: tuple[Job, ...]
    """The jobs that test it. An empty list says that there are none."""
    capabilities: Claims
    """What it can do. It is a claim; the gate proves it."""
    history: tuple[Change, ...] = Field(min_length=1)
    """Every status it has had, the oldest first."""
    replacement: str = ""
    """What takes its place."""
    migration: str = ""
    """How to leave it. Needed as soon as it is deprecated; it may be "stop using it"."""

    @model_validator(mode="after")
    def _history_makes_sense(self) -> Self:
        for before, after in pairwise(self.history):
            if after.date < before.date:
                raise ValueError(f"history: {after.date} stands after {before.date}; the oldest comes first")
            if after.status is before.status:
                raise ValueError(f"history: {after.date} changes nothing, it was {before.status} already")
            if after.status is Status.REMOVED and before.status is not Status.DEPRECATED:
                raise ValueError(f"history: removed on {after.date}, though it was not deprecated but {before.status}")
        if not self.migration and any(one.status in {Status.DEPRECATED, Status.REMOVED} for one in self.history):
            raise ValueError("migration is missing: whoever deprecates a driver says how to leave it")
        return self

    def at(self, date: dt.date) -> Change | None:
        """The change that is in effect on a day; None before the first."""
        return next((one for one in reversed(self.history) if one.date <= date), None)

    @property
    def latest(self) -> Change:
        """The last change: what counts when a store is opened."""
        return self.history[-1]

    def deprecated_since(self, date: dt.date) -> dt.date | None:
        """Since when the driver has been deprecated without a break, as of a day; None when it is not."""
        since = None
        for one in self.history:
            if one.date > date:
                break
            since = (since or one.date) if one.status in {Status.DEPRECATED, Status.REMOVED} else None
        return since


def record_from(table: Mapping[str, Any], where: str = "driver.toml") -> Record:
    """The record in a table.

    Raises:
        InvalidRecord: naming everything that is missing or wrong.
    """
    try:
        return Record.model_validate(table)
    except ValidationError as error:
        raise InvalidRecord(f"{where}: {'; '.join(_complaints(error))}") from None


def record_in(text: str, where: str = "driver.toml") -> Record:
    """The record in the text of a driver.toml.

    Raises:
        InvalidRecord: it is no TOML, or something is missing or wrong.
    """
    try:
        return record_from(tomllib.loads(text), where)
    except tomllib.TOMLDecodeError as error:
        raise InvalidRecord(f"{where}: {error}") from None


def _complaints(error: ValidationError) -> list[str]:
    found = [(".".join(map(str, one["loc"])), one) for one in error.errors(include_url=False, include_context=False)]
    missing = [name for name, one in found if one["type"] == "missing" or one["input"] == ""]
    told = [f"missing: {', '.join(missing)}"] if missing else []
    for name, one in found:
        if name not in missing:
            text = one["msg"].removeprefix("Value error, ")
            told.append(f"{name}: {text}" if name else text)
    return told
