"""What each exception says: without fields, with all of them, with a text of the raiser's own."""

from __future__ import annotations

import inspect
import re
from typing import Any

from glance_store import exceptions

from .values import shown


def table() -> dict[str, Any]:
    """For each exception its ancestors, its texts, and its attributes."""
    return {
        f"exception {name}": _facts(cls)
        for name, cls in vars(exceptions).items()
        if inspect.isclass(cls) and issubclass(cls, Exception)
    }


def _facts(cls: type[Exception]) -> dict[str, Any]:
    fields = re.findall(r"%\((\w+)\)", getattr(cls, "message", ""))
    raised = {
        "named": _raised(cls, **dict.fromkeys(fields, 7)),
        "strange": _raised(cls, strange=1),
        "own": _raised(cls, "http://own/%(image)s text"),
        "own with a field": _raised(cls, "own %(image)s", image=7),
        "own by name": _raised(cls, message="own"),
        "empty": _raised(cls, ""),
        "bare": _raised(cls),
        "a number": _raised(cls, 7),
    }
    return {"ancestors": [base.__name__ for base in cls.__mro__], "fields": fields} | raised


def _raised(cls: type[Exception], *args: Any, **kwargs: Any) -> Any:
    try:
        error = cls(*args, **kwargs)
    except Exception as refused:  # noqa: BLE001 - whatever it is, it is compared
        return [type(refused).__name__]
    return [str(error), shown(error.args), shown(vars(error))]
