"""File stores that the service makes for itself beside its configured one, found by the directory of a location.

A Glance without store identifiers builds its staging store from a configuration of its own (`backend._load_store`), and
then reads and deletes what it has staged there by location, through the functions for its main store. That store owns
its own directories and no others; so what lies in a directory of such a store is done by that one.
"""

from __future__ import annotations

from typing import Any

_by_prefix: dict[str, Any] = {}
"""Stores by what their locations begin with. As many as there are directories, however often a store is made anew."""


def remember(store: Any, prefix: str) -> None:
    """Keep a store that has been configured."""
    _by_prefix[prefix] = store


def holding(uri: str) -> Any:
    """The store in whose directory the image at a location would be; None when there is none."""
    scheme, _, rest = uri.partition("://")
    folder, slash, _ = rest.rpartition("/")
    return _by_prefix.get(f"file://{folder}{slash}") if scheme.lower() in {"file", "filesystem"} else None
