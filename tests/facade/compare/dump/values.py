"""Values as JSON can hold them and as two interpreters show them alike."""

from __future__ import annotations

import enum
from typing import Any


def shown(value: Any) -> Any:
    """Plain values as they are, anything else by its type: an address in memory is never the same twice."""
    if isinstance(value, enum.IntEnum):
        return int(value)
    if isinstance(value, bool | int | float | str | None):
        return value
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {str(key): shown(item) for key, item in value.items()}
    return f"<{type(value).__name__}>"
