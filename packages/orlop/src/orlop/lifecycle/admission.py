"""What a driver's status means to those who open a store: nothing, a warning, or a refusal.

What counts is the last status in the driver's own record, as it was installed: no network, no results of gates, no
clock. The policy says what that status should become; a new release of the driver says it here.
"""

from __future__ import annotations

import threading

from orlop.errors import InvalidSettings
from orlop.lifecycle.carried import record_of
from orlop.lifecycle.record import InvalidRecord, Record
from orlop.lifecycle.status import Status


class DriverDeprecated(DeprecationWarning):
    """A store of a deprecated driver was opened."""


class DriverUnclear(RuntimeWarning):
    """What a driver says of itself is not valid; its stores open all the same."""


_told: set[str] = set()
_lock = threading.Lock()


def admit(driver: str, store: str, *, allow_unsupported: bool = False) -> Warning | None:
    """Let a store of this driver be opened; what its user has to be told of it, once in a process.

    Raises:
        InvalidSettings: the driver is unsupported and the store does not allow that, or it is removed.
    """
    try:
        record = record_of(driver)
    except InvalidRecord as error:
        told = f"what the {driver} driver says of itself is not valid: {error}"
        return DriverUnclear(told) if _first(driver) else None
    if record is None:
        return None
    last = record.latest
    if last.status is Status.REMOVED:
        raise InvalidSettings(removed(driver, record), store=store)
    if last.status is Status.UNSUPPORTED and not allow_unsupported:
        raise InvalidSettings(
            f"the {driver} driver of the store {store!r} is unsupported since {last.date}: {last.reason}; "
            "it opens only where the store's settings say allow_unsupported = true",
            store=store,
        )
    if last.status is Status.DEPRECATED and _first(driver):
        return DriverDeprecated(deprecated(driver, record))
    return None


def deprecated(driver: str, record: Record) -> str:
    """The notice of a deprecation: since when, why, and what to do."""
    return f"the {driver} driver is deprecated since {record.latest.date}: {record.latest.reason}{_instead(record)}"


def removed(driver: str, record: Record) -> str:
    """When a driver was removed, why, and what to do."""
    return f"the {driver} driver was removed on {record.latest.date}: {record.latest.reason}{_instead(record)}"


def _instead(record: Record) -> str:
    use = f"; use {record.replacement} instead" if record.replacement else ""
    return f"{use}; {record.migration}" if record.migration else use


def _first(driver: str) -> bool:
    with _lock:
        fresh = driver not in _told
        _told.add(driver)
    return fresh
