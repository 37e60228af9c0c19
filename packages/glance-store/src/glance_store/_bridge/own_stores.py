"""File stores that the service makes for itself beside its configured one, found by the directory of a location.

A Glance without store identifiers builds its staging store from a configuration of its own (`backend._load_store`), and
then reads and deletes what it has staged there by location, through the functions for its main store. That store owns
its own directories and no others; so what lies in a directory of such a store is done by that one.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

_by_prefix: dict[str, Any] = {}
"""Stores by what their locations begin with. As many as there are directories, however often a store is made anew."""


def remember(store: Any, prefix: str) -> None:
    """Keep a store that has been configured."""
    _by_prefix[prefix] = store


def holding(uri: str) -> Any:
    """The store in whose directory the image at a location would be; None when there is none."""
    scheme, _, rest = uri.partition("://")
    if scheme.lower() not in {"file", "filesystem"}:
        return None
    # Locations are escaped, those of old are not; as in orlop's file driver, what is meant with escapes comes first.
    folders = (path.rpartition("/")[0] for path in (unquote(rest), rest))
    return next((_by_prefix[prefix] for one in folders if (prefix := f"file://{one}/") in _by_prefix), None)
