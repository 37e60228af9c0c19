"""Drivers by name: the entry points of the group `orlop.drivers`, ours and those of any installed package.

Nothing of a driver is imported before a store of its kind is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from orlop.driver import Driver
from orlop.errors import InvalidSettings
from orlop.lifecycle import carried
from orlop.lifecycle.tombstones import tombstone

GROUP = carried.GROUP


@cache
def _found() -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def driver_names() -> list[str]:
    """The names of all installed drivers, sorted."""
    return sorted(_found())


def driver_type(name: str) -> type[Driver[Any]]:
    """The driver class of this name.

    Raises:
        InvalidSettings: there is no such driver, or no longer, or a package that it needs is not installed.
    """
    point = _found().get(name)
    if point is None:
        if gone := tombstone(name):
            raise InvalidSettings(str(gone))
        raise InvalidSettings(f"there is no driver {name!r}; installed are {', '.join(driver_names())}")
    try:
        loaded = point.load()
    except ImportError as error:
        missing = error.name or str(error)
        raise InvalidSettings(
            f"the {name!r} driver needs the Python module {missing!r}: pip install 'orlop[{name}]'"
        ) from error
    except Exception as error:
        raise InvalidSettings(f"the {name!r} driver cannot be loaded: {type(error).__name__}: {error}") from error
    if not (isinstance(loaded, type) and issubclass(loaded, Driver)):
        raise InvalidSettings(f"the entry point {name!r} of the group {GROUP} is {loaded!r}, which is no Driver")
    return loaded


def driver_type_of_scheme(scheme: str) -> tuple[str, type[Driver[Any]]] | None:
    """The driver (name and class) whose locations have this scheme; None when no installed one has."""
    # Most drivers are named like their first scheme: then no other one is imported.
    for name in sorted(driver_names(), key=lambda name: name != scheme):
        try:
            found = driver_type(name)
        except InvalidSettings:
            continue  # it cannot be asked: its SDK is not installed
        if scheme in found.schemes:
            return name, found
    return None
