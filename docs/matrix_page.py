"""The support matrix: each capability of each driver on the servers that its gate ran on - from the kept results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from docs.proofs import MEANINGS, NAMES, UNKNOWN, by_server, proof_of
from docs.tables import table

Shown = Mapping[str, Mapping[str, str]]


def lines(names: Iterable[str]) -> Iterator[str]:
    """The page, from its first paragraph on."""
    yield from (MEANINGS, "", "Where servers differ, they are named. The date leads to the result.", "")
    proofs = {name: proof_of(name) for name in names}
    shown: dict[str, Shown] = {name: by_server(proof) if proof else {} for name, proof in proofs.items()}
    rows = [
        ("green on", *(_green(name, proof) for name, proof in proofs.items())),
        ("servers", *("<br>".join(servers) or UNKNOWN for servers in shown.values())),
        *((f"`{one}`", *(_cell(servers, one) for servers in shown.values())) for one in NAMES),
    ]
    yield from table(["", *(f"[{name}](drivers/{name}.md)" for name in proofs)], rows)


def _green(name: str, proof: Mapping[str, Any] | None) -> str:
    return f"[{proof['date'][:10]}](drivers/{name}.md#last-green-gate)" if proof else "no result is kept"


def _cell(servers: Shown, capability: str) -> str:
    outcomes: dict[str, list[str]] = {}
    for server, shown in servers.items():
        outcomes.setdefault(shown[capability], []).append(server)
    if len(outcomes) < 2:
        return next(iter(outcomes), UNKNOWN)
    return "<br>".join(f"{outcome}: {', '.join(names)}" for outcome, names in outcomes.items())
