"""What the job orders from the processes of a run: one environment variable, in JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

VARIABLE = "GLANCE_RUN"


@dataclass(frozen=True)
class Order:
    """The driver to put in the file driver's place, and where to note what was made."""

    notes: str
    driver: str | None = None
    scheme: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    stand_ins: tuple[str, ...] = ()

    def to_text(self) -> str:
        """The variable's value."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The order in the variable's value."""
        fields = json.loads(text)
        return cls(**fields | {"stand_ins": tuple(fields["stand_ins"])})
