"""A note of the drivers of each set of stores that was made: a line of JSON for each."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

from .calls import bound, wrap


def install(library: Any, *, path: str) -> None:
    """Have `library` note in the file `path` what it makes."""

    def multi(make: Any, *arguments: Any, **named: Any) -> Any:
        made = make(*arguments, **named)
        _note(path, bound(make, arguments, named)["conf"].enabled_backends.values())
        return made

    def single(make: Any, *arguments: Any, **named: Any) -> Any:
        made = make(*arguments, **named)
        _note(path, [bound(make, arguments, named)["conf"].glance_store.default_store])
        return made

    wrap(library, "create_multi_stores", multi)
    wrap(library, "create_stores", single)


def _note(path: str, drivers: Iterable[str]) -> None:
    """Add a line. One write to a file opened for appending is not mixed with another process's."""
    line = json.dumps({"process": os.getpid(), "drivers": sorted(drivers)}) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)
