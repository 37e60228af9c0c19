"""What the locations of a store begin with, in every form that they may have.

Glance finds the store of an image without one by `uri.startswith(store.url_prefix)`, and that takes several texts as
well as one. A location that matches none is written to Glance's log, and is looked at again at each request.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from orlop.location import scrubbed

from glance_store import location


class Prefixes(tuple[str, ...]):
    """Several prefixes; shown as one, the form in which new locations are written. Passwords are not shown."""

    __slots__ = ()

    def __str__(self) -> str:
        return self[0] if self else ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({scrubbed(', '.join(self))})"


def prefixes(own: Iterable[str], others: Iterable[str] = ()) -> Prefixes:
    """Those of `own` that mean no location which another store, with prefixes in `others`, might have."""
    taken = tuple(others)
    return Prefixes(
        one
        for one in dict.fromkeys(own)
        if not one.startswith(taken) and not any(other.startswith(one) for other in taken)
    )


def stores_of(kind: type[Any], conf: Any) -> list[Any]:
    """The stores of a kind in a configuration, in the order in which Glance looks at them."""
    known = {
        id(entry["store"]): entry["store"]
        for by_name in location.SCHEME_TO_CLS_BACKEND_MAP.values()
        for entry in by_name.values()
    }
    return [one for one in known.values() if isinstance(one, kind) and one.conf is conf]
