"""The exceptions: tests that may end otherwise than with upstream on the file driver, by name, each with its reason."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ci.outcome import FAILED, MISSING, SKIPPED

FILE = Path(__file__).with_name("exceptions.toml")
_FIELDS = {"test", "suite", "drivers", "outcome", "reason"}


class BadException(Exception):
    """An entry of the file says too little, or something that cannot be."""


@dataclass(frozen=True)
class Exempt:
    """One test of one suite, how it ends on these drivers, and why that is right."""

    test: str
    suite: str
    drivers: tuple[str, ...]
    outcome: str
    reason: str


def load(drivers: Collection[str], path: Path = FILE) -> list[Exempt]:
    """The entries of the file; `drivers` are all there are, so that a misspelt one is found."""
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("exception", [])
    found = [_entry(entry, drivers) for entry in entries]
    places = [(one.suite, one.test, driver) for one in found for driver in one.drivers]
    twice = {place for place in places if places.count(place) > 1}
    if twice:
        raise BadException(f"more than one entry for {', '.join(' '.join(place) for place in sorted(twice))}")
    return found


def _entry(entry: dict[str, object], drivers: Collection[str]) -> Exempt:
    name = entry.get("test", "an entry without a test")
    if set(entry) != _FIELDS:
        raise BadException(f"{name}: it has {sorted(entry)}, and needs {sorted(_FIELDS)}")
    found = Exempt(**entry | {"drivers": tuple(entry["drivers"])})  # type: ignore[arg-type]
    if found.outcome not in {FAILED, SKIPPED, MISSING}:
        raise BadException(f"{name}: outcome is one of failed, skipped, missing; not {found.outcome!r}")
    if not found.drivers or not set(found.drivers) <= set(drivers):
        raise BadException(f"{name}: drivers are some of {sorted(drivers)}; not {list(found.drivers)}")
    if not found.reason.strip():
        raise BadException(f"{name}: a reason is needed")
    return found
