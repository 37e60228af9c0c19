"""What the gates of our drivers have shown, as the drivers carry it: by server and capability."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from orlop.capabilities import Capability
from orlop.lifecycle.carried import GROUP, RESULT, beside

NAMES = [one.name for one in Capability if one.name and one.value]
"""The names of all capabilities."""
PROVED, REFUSED, NOT_THERE, UNKNOWN = "proved", "refused", "not there", "-"
MEANINGS = (
    f"**{PROVED}**: every case of the gate about it has passed. **{REFUSED}**: it is not claimed, and the gate has "
    f"shown that it is refused. **{NOT_THERE}**: the driver has it, but not with these settings or on this server. "
    f"**{UNKNOWN}**: no result says anything."
)


def proof_of(driver: str) -> dict[str, Any] | None:
    """The kept result of a driver; None where it carries none."""
    (point,) = entry_points(group=GROUP, name=driver)
    text = beside(point, RESULT)
    return None if text is None else dict(json.loads(text))


def by_server(proof: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Of each server what its gates have shown of each capability; what one of them proves, others need not have."""
    found: dict[str, dict[str, str]] = {}
    for gate in proof["own_gate"]["gates"]:
        if gate["driver"] == proof["driver"]:
            shown = found.setdefault(server_of(gate), dict.fromkeys(NAMES, REFUSED))
            for name in NAMES:
                shown[name] = max(shown[name], _shown(gate, name), key=[REFUSED, NOT_THERE, PROVED].index)
    return found


def server_of(gate: Mapping[str, Any]) -> str:
    """The server of a gate in words."""
    return str(gate["server"] or "no server")


def _shown(gate: Mapping[str, Any], name: str) -> str:
    known = gate["capabilities"]
    if name in known["proved"]:
        return PROVED
    return NOT_THERE if name in known["claimed"] else REFUSED
