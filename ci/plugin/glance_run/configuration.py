"""The public functions of glance_store, put round with something of ours; and the configuration they are called with."""

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


def configuration_of(function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """The `conf` that `function` gets, also when it is its default."""
    bound = inspect.signature(function).bind(*arguments, **named)
    bound.apply_defaults()
    return bound.arguments["conf"]
