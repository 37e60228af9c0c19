"""The records of installed drivers: each is in the package of its driver, and read without importing any of it."""

from __future__ import annotations

import importlib.machinery
import importlib.resources
import importlib.util
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.resources.abc import Traversable

from orlop.lifecycle.record import InvalidRecord, Record, record_in

GROUP = "orlop.drivers"
NAME = "driver.toml"
RESULT = "gate.json"
"""What a driver's job has found out last, when it was green."""


@cache
def record_of(driver: str) -> Record | None:
    """The record that an installed driver carries; None when it carries none, or there is no such driver.

    Raises:
        InvalidRecord: it is not valid.
    """
    point = next(iter(entry_points(group=GROUP, name=driver)), None)
    return None if point is None else carried(point)


def carried(point: EntryPoint) -> Record | None:
    """The record beside the code that an entry point names, in its package or, for a package, in it; None without one.

    Raises:
        InvalidRecord: it cannot be read, or is not valid.
    """
    where = f"{NAME} of the {point.name} driver"
    try:
        text = beside(point, NAME)
    except (OSError, ImportError, UnicodeDecodeError) as error:
        raise InvalidRecord(f"{where}: {error}") from None
    return None if text is None else record_in(text, where)


def beside(point: EntryPoint, name: str) -> str | None:
    """The text of a file beside the code that an entry point names; None when there is no such file.

    Raises:
        OSError, ImportError, UnicodeDecodeError: it cannot be read.
    """
    file = _file(point.module, name)
    return None if file is None else file.read_text(encoding="utf-8")


def _file(module: str, name: str) -> Traversable | None:
    top, *inner = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.submodule_search_locations is None:
        return None  # a single file: what is beside it belongs to others
    # Resources are found through the specification: the package's own code, and an SDK that it imports, is not run.
    folder = importlib.resources.files(importlib.util.module_from_spec(spec))
    candidates = [folder.joinpath(*inner[:depth], name) for depth in range(len(inner), max(len(inner) - 2, -1), -1)]
    return next((file for file in candidates if file.is_file()), None)
