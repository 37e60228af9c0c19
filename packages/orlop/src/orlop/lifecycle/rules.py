"""Sets of rules: which there are is code, what they demand and by when is data that each project has for itself."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from orlop.lifecycle.record import CapabilityName
from orlop.lifecycle.status import Status

DEFAULT = "orlop"
BUILT_IN = ("orlop", "glance-2016")

Kind = Literal["maintainer", "capabilities", "voting-gate", "fresh-gate"]
Suite = Literal["orlop-gate", "glance-functional", "glance-unit"]


class InvalidRules(ValueError):
    """A set of rules cannot be read; the message says why."""


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Terms(_Data):
    """How long something is deprecated before it may go."""

    releases: int = Field(ge=1)
    """How many releases have to come out with the deprecation in them."""
    slurp: bool = False
    """Whether only SLURP releases count."""
    months: int = Field(ge=0)
    """How many months have to pass since the day of the deprecation."""
    why: str
    """Where this comes from."""


class Rule(_Data):
    """One rule."""

    name: str
    """How it is called."""
    kind: Kind
    """What it looks at: maintainers, proved capabilities, a voting job, or the age of the last green result."""
    by: str
    """The milestone from which on it has to be met: `newton-2`."""
    removal: str | None = None
    """The milestone at which drivers go that were deprecated by it; without one, as soon as the terms allow."""
    why: str
    """The rule in words."""
    exempt: dict[str, str] = {}
    """Drivers that need not meet it, each with the reason."""
    capabilities: tuple[CapabilityName, ...] = ()
    """Kind `capabilities`: which ones."""
    suites: tuple[Suite, ...] = ()
    """Kind `voting-gate`: which tests the voting job has to run."""
    days: Annotated[int, Field(ge=1)] | None = None
    """Kind `fresh-gate`: how old the last green result may be."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needs = {"capabilities": ("capabilities",), "voting-gate": ("suites",), "fresh-gate": ("days",)}
        for field in ("capabilities", "suites", "days"):
            if bool(getattr(self, field)) is not (field in needs.get(self.kind, ())):
                raise ValueError(
                    f"{self.name}: {field} belongs to rules of another kind than {self.kind}, or is missing"
                )
        if self.kind == "fresh-gate" and self.removal:
            raise ValueError(f"{self.name}: nothing is removed because its gate is silent")
        return self

    @property
    def demands(self) -> Status:
        """What becomes of a driver that does not meet it."""
        return Status.UNSUPPORTED if self.kind == "fresh-gate" else Status.DEPRECATED


class RuleSet(_Data):
    """The rules of one project."""

    name: str
    """How the set is called."""
    title: str
    """What it is."""
    deprecation: Terms
    """How long something is deprecated before it may go."""
    rules: tuple[Rule, ...]
    """The rules."""


def rule_set(name: str) -> RuleSet:
    """A set of rules that orlop carries, or the one in the file of this name.

    Raises:
        InvalidRules: there is none, or it is not valid.
    """
    if name in BUILT_IN:
        text = files(__package__).joinpath("rulesets", f"{name}.toml").read_text("utf-8")
        return RuleSet.model_validate(tomllib.loads(text))
    try:
        return RuleSet.model_validate(tomllib.loads(Path(name).read_text("utf-8")))
    except FileNotFoundError:
        raise InvalidRules(f"there are no rules {name!r}: name one of {', '.join(BUILT_IN)}, or a file") from None
    except OSError as error:
        raise InvalidRules(f"{name}: {error.strerror}") from None
    except ValidationError as error:
        told = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False)]
        raise InvalidRules(f"{name}: {'; '.join(told)}") from None
    except ValueError as error:
        raise InvalidRules(f"{name}: {error}") from None
