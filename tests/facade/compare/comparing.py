"""Compares two dumps, and what differs with the list of what may."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

Dump = Mapping[str, Mapping[str, Any]]
How = Literal["missing", "added", "changed"]

LIST = Path(__file__).with_name("differences.toml")


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same: of upstream and not ours, ours and not of upstream, or of both but not alike."""

    where: str
    how: How
    upstream: Any = None
    ours: Any = None

    def __str__(self) -> str:
        values = f": {json.dumps(self.upstream)} is {json.dumps(self.ours)} here" if self.how == "changed" else ""
        return f"{self.how}: {self.where}{values}"


@dataclass(frozen=True)
class Permit:
    """An entry of the list: which differences are meant to be, and why. In a name, `*` stands for anything."""

    where: str
    how: How
    reason: str
    ours: str | None = None

    def covers(self, difference: Difference) -> bool:
        """Whether this is the difference that was meant, the value too where the list gives it, as JSON."""
        pattern = ".*".join(re.escape(part) for part in self.where.split("*"))
        return (
            self.how == difference.how
            and re.fullmatch(pattern, difference.where) is not None
            and (self.ours is None or json.loads(self.ours) == difference.ours)
        )

    def __str__(self) -> str:
        return f"{self.how}: {self.where}"


def differences(upstream: Dump, ours: Dump) -> Iterator[Difference]:
    """Everything that is not the same. What a module only imports for itself counts where others might use it: there."""
    for name in sorted(upstream.keys() | ours.keys()):
        there, here = upstream.get(name), ours.get(name)
        if here is None:
            assert there is not None
            yield Difference(f"import {name}" if there.get("foreign") else name, "missing")
        elif there is None:
            if not here.get("foreign"):
                yield Difference(name, "added")
        elif not there.get("foreign"):
            for fact in sorted((there.keys() | here.keys()) - {"foreign"}):
                if there.get(fact) != here.get(fact):
                    yield Difference(f"{name}: {fact}", "changed", there.get(fact), here.get(fact))


def permits(path: Path = LIST) -> list[Permit]:
    """The list, a `Permit` for each name in it."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["difference"]
    return [_permit(entry, where) for entry in entries for where in entry["where"]]


def _permit(entry: Mapping[str, Any], where: str) -> Permit:
    assert entry.keys() <= {"where", "how", "reason", "ours"}, f"{where}: unknown key"
    assert entry["how"] in get_args(How), f"{where}: how"
    return Permit(where, cast(How, entry["how"]), " ".join(entry["reason"].split()), entry.get("ours"))


def unlisted(found: Iterable[Difference], allowed: Iterable[Permit]) -> list[str]:
    """The differences that nobody has given a reason for."""
    permits = list(allowed)
    return [str(difference) for difference in found if not any(permit.covers(difference) for permit in permits)]


def stale(found: Iterable[Difference], allowed: Iterable[Permit]) -> list[str]:
    """The entries of the list that no difference is left for."""
    differences = list(found)
    return [str(permit) for permit in allowed if not any(permit.covers(difference) for difference in differences)]
