"""Which jobs have to be run: those whose inputs are not the ones of the kept result, and those whose result is old."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orlop.lifecycle.rules import DEFAULT, rule_set

from ci import checking, inputs, kept, tree
from ci.drivers import JobDriver

_SHORT = 12


@dataclass(frozen=True)
class Planned:
    """One job: whether it has to be run, why or why not, and how long it took when it was kept; None: never."""

    driver: JobDriver
    runs: bool
    why: str
    seconds: float | None

    @property
    def name(self) -> str:
        """The driver's name."""
        return self.driver.name


def plan(drivers: Iterable[JobDriver], now: datetime, *, every: bool = False) -> list[Planned]:
    """What is to be done about each job, the fast ones first, and those that nobody has timed last."""
    planned = [_planned(driver, now, every=every) for driver in drivers]
    return sorted(planned, key=lambda one: (one.seconds is None, one.seconds or 0.0, one.name))


def days() -> int:
    """How old a green result may be, as the rules have it."""
    return min(rule.days for rule in rule_set(DEFAULT).rules if rule.days is not None)


def _planned(driver: JobDriver, now: datetime, *, every: bool) -> Planned:
    try:
        result = kept.load(driver.name)
    except kept.NotKept as error:
        return Planned(driver, True, str(error), None)
    seconds = result.get("seconds") if result else None
    if every:
        return Planned(driver, True, "asked for", seconds)
    if result is None:
        return Planned(driver, True, "no result is kept", None)
    try:
        if told := checking.wrong(result, now):
            return Planned(driver, True, f"the kept result is not right: {told[0]}", seconds)
        unseen = ""
    except tree.NoHistory as error:
        unseen = f"; not compared with that commit: {error}"
    why = _stale(result, now) or _changed(driver, result)
    since = f"unchanged since {result['commit'][:_SHORT]}, green on {result['date'][:10]}{unseen}"
    return Planned(driver, bool(why), why or since, seconds)


def _stale(result: dict[str, Any], now: datetime) -> str:
    age = now - datetime.fromisoformat(result["date"])
    return (
        f"the kept result is {age.days} days old; after {days()} it proves nothing" if age > timedelta(days()) else ""
    )


def _changed(driver: JobDriver, result: dict[str, Any]) -> str:
    """What of the inputs has changed; empty when nothing has."""
    try:
        today = inputs.inputs_of(driver)
    except tree.NoHistory as error:
        return f"git cannot tell what has changed: {error}"
    if today.digest == result["inputs"]["digest"]:
        return ""
    before = set(kept.files_of(result))
    changed = before ^ set(today.files)
    try:
        old, new = tree.files_at(result["commit"]), tree.files_now(today.files)
        changed |= {name for name in before & set(today.files) if old.get(name) != new.get(name)}
    except tree.NoHistory:
        pass  # then only the names can tell
    if not changed:
        return "the inputs have changed"
    first = min(changed)
    return f"changed: {first}" + (f" and {len(changed) - 1} more" if len(changed) > 1 else "")
