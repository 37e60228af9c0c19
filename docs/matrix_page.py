"""The support matrix: each driver on each server that its gate ran on, and what that proved - from the kept results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from docs.proofs import MEANINGS, NAMES, UNKNOWN, by_server, proof_of
from docs.tables import table


def lines(names: Iterable[str]) -> Iterator[str]:
    """The page, from its first paragraph on."""
    yield from (MEANINGS, "", "The date leads to the result.", "")
    rows = [row for name in names for row in _rows(name)]
    yield from table(["driver", "on", "green on", *(f"`{name}`" for name in NAMES)], rows)


def _rows(name: str) -> Iterator[tuple[str, ...]]:
    page = f"drivers/{name}.md"
    proof = proof_of(name)
    if proof is None:
        yield (f"[{name}]({page})", UNKNOWN, "no result is kept", *(UNKNOWN for _ in NAMES))
        return
    green = f"[{proof['date'][:10]}]({page}#last-green-gate)"
    for server, shown in by_server(proof).items():
        yield (f"[{name}]({page})", server, green, *(shown[one] for one in NAMES))
