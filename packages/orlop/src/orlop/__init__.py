"""orlop stores VM images in pluggable stores, and proves that every store does what it claims.

    with orlop.Stores.default() as stores, open("disk.qcow2", "rb") as disk:
        receipt = stores.default_store.put("debian-13", disk)

`Store` is the class to know: it puts, opens, finds, verifies, copies and deletes images. `Stores` are the stores of a
configuration, `open_store` makes one from a URI. Every failure is a `StoreError`.

Names are loaded when they are first used: `import orlop` itself takes a few milliseconds.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orlop.capabilities import Capability
    from orlop.digests import Verifier
    from orlop.errors import (
        AlreadyExists,
        BackendError,
        InUse,
        InvalidLocation,
        InvalidSettings,
        Mismatch,
        NotFound,
        PermissionDenied,
        StoreError,
        StoreFull,
        Unavailable,
        Unsupported,
    )
    from orlop.events import Event, Kind
    from orlop.reading import ImageReader
    from orlop.records import Acl, Finding, Identity, Leftover, Receipt, Severity, Space, Stat
    from orlop.store import Store
    from orlop.stores import Stores, open_store

_HOMES = {
    "capabilities": ["Capability"],
    "digests": ["Verifier"],
    "errors": [
        "AlreadyExists", "BackendError", "InUse", "InvalidLocation", "InvalidSettings", "Mismatch", "NotFound",
        "PermissionDenied", "StoreError", "StoreFull", "Unavailable", "Unsupported",
    ],
    "events": ["Event", "Kind"],
    "reading": ["ImageReader"],
    "records": ["Acl", "Finding", "Identity", "Leftover", "Receipt", "Severity", "Space", "Stat"],
    "store": ["Store"],
    "stores": ["Stores", "open_store"],
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Acl", "AlreadyExists", "BackendError", "Capability", "Event", "Finding", "Identity", "ImageReader", "InUse",
    "InvalidLocation", "InvalidSettings", "Kind", "Leftover", "Mismatch", "NotFound", "PermissionDenied", "Receipt",
    "Severity", "Space", "Stat", "Store", "StoreError", "StoreFull", "Stores", "Unavailable", "Unsupported", "Verifier",
    "open_store",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'orlop' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"orlop.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
