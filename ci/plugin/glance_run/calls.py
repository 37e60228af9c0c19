"""The public functions of glance_store, put round with something of ours, and what they are called with."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any


def wrap(library: Any, name: str, around: Callable[..., Any]) -> None:
    """Have the function `name` of `library` called by `around`, which gets it as its first argument."""
    inner = getattr(library, name)
    outer = functools.wraps(inner)(functools.partial(around, inner))
    setattr(library, name, outer)


def bound(function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """The arguments that `function` gets, by their names, defaults too."""
    given = inspect.signature(function).bind(*arguments, **named)
    given.apply_defaults()
    return given.arguments
