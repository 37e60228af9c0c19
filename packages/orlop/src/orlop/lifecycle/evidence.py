"""The results of gates, as the rules read them: from `orlop gate --json`, its report, and a job's `result.json`."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = 1
"""Of both kinds of documents."""
_SUITES = {"functional": "glance-functional", "unit": "glance-unit"}


class UnreadableResult(ValueError):
    """A file is no gate's result, or of a form that this version does not know."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one run has shown of one driver.

    `proved` are the capabilities all of whose cases have passed; of those that are `neutral` the run says nothing,
    because the settings of its stores took them away. Only a complete run proves anything.
    """

    driver: str
    date: dt.date
    passed: bool
    complete: bool
    proved: frozenset[str] = frozenset()
    claimed: frozenset[str] = frozenset()
    neutral: frozenset[str] = frozenset()
    suites: frozenset[str] = frozenset({"orlop-gate"})
    servers: tuple[str, ...] = ()
    commit: str = ""

    @property
    def green(self) -> bool:
        """Complete and passed."""
        return self.passed and self.complete

    def says(self, capability: str) -> bool | None:
        """Whether this run proves a capability; None when it says nothing of it."""
        if not self.complete or capability in self.neutral:
            return None
        return capability in self.proved


def read_results(places: Iterable[Path]) -> tuple[Result, ...]:
    """The results in these files, and in all JSON files of these folders that are results; the oldest first.

    Raises:
        UnreadableResult: a file cannot be read, or one that was named is no result.
    """
    found: list[Result] = []
    for place in places:
        named = not place.is_dir()
        for file in [place] if named else sorted(place.rglob("*.json")):
            found += _read(file, named=named)
    # On one day red comes before green, so that who looks for the newest sees it.
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.date, one.driver, one.green)))


def results_in(document: Any) -> tuple[Result, ...] | None:
    """The results in one document; None when it is none of a gate.

    Raises:
        UnreadableResult: it is one, but of another form.
    """
    if isinstance(document, Mapping) and isinstance(document.get("report"), Mapping):
        document = document["report"]  # `orlop gate --json` wraps it
    if not isinstance(document, Mapping) or not ({"gates", "own_gate"} & set(document)):
        return None
    if document.get("schema") != SCHEMA:
        raise UnreadableResult(f"its schema is {document.get('schema')!r}, and {SCHEMA} is the one known here")
    try:
        return (_job(document),) if "own_gate" in document else tuple(_report(document))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableResult(f"it is not as a gate writes it: {type(error).__name__} {error}") from error


def _read(file: Path, *, named: bool) -> tuple[Result, ...]:
    try:
        found = results_in(json.loads(file.read_text(encoding="utf-8")))
    except UnreadableResult as error:
        raise UnreadableResult(f"{file}: {error}") from error
    except OSError as error:
        raise UnreadableResult(f"{file}: {error.strerror}") from error
    except ValueError as error:
        if not named:
            return ()
        raise UnreadableResult(f"{file}: {error}") from error
    if found is None and named:
        raise UnreadableResult(f"{file}: this is no result of a gate")
    return found or ()


def _report(document: Mapping[str, Any]) -> Iterator[Result]:
    by_driver: dict[str, list[Mapping[str, Any]]] = {}
    for gate in document["gates"]:
        if gate["driver"]:
            by_driver.setdefault(gate["driver"], []).append(gate)
    for driver, gates in by_driver.items():
        passed = all(gate["passed"] for gate in gates)
        yield Result(
            driver, _day(document["date"]), passed, complete=not any(gate["missing"] for gate in gates), **_shown(gates)
        )


def _job(document: Mapping[str, Any]) -> Result:
    driver, own = document["driver"], document["own_gate"]
    gates = [gate for gate in own["gates"] if gate["driver"] == driver] if own else []
    suites = {_SUITES.get(one["suite"], one["suite"]) for one in document["glance"]} | (
        {"orlop-gate"} if own else set()
    )
    shown = _shown(gates) | {"servers": tuple(document["versions"]["servers"])}
    return Result(
        driver,
        _day(document["date"]),
        document["passed"],
        complete=document["whole"] and bool(gates) and not any(gate["missing"] for gate in gates),
        suites=frozenset(suites),
        commit=document["commit"],
        **shown,
    )


def _shown(gates: list[Mapping[str, Any]]) -> dict[str, Any]:
    """What several gates of one driver show together: what one proves, another must not deny."""
    proved: set[str] = set()
    claimed: set[str] = set()
    lost: set[str] = set()
    failed: set[str] = set()
    for gate in gates:
        known = gate["capabilities"]
        proved |= set(known["proved"])
        claimed |= set(known["claimed"])
        lost |= set(known["lost"])
        failed |= set(known["claimed"]) - set(known["lost"]) - set(known["proved"])
    servers = dict.fromkeys(str(gate["server"]) for gate in gates if gate["server"])
    return {
        "proved": frozenset(proved - failed),
        "claimed": frozenset(claimed),
        "neutral": frozenset(lost - proved - failed),
        "servers": tuple(servers),
    }


def _day(text: str) -> dt.date:
    moment = dt.datetime.fromisoformat(text)
    return moment.astimezone(dt.UTC).date()
