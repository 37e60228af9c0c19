"""Records as JSON objects: always the same keys, sizes in bytes, times in ISO 8601."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from orlop.capabilities import Capability, names
from orlop.location import without_secrets
from orlop.records import Finding, Leftover, Receipt, Space, Stat


def image(stat: Stat, store: str) -> dict[str, Any]:
    """What a store knows of an image."""
    return {
        "id": stat.image_id,
        "store": store,
        "location": without_secrets(stat.location),
        "size": stat.size,
        "allocated": stat.allocated,
        "modified": moment(stat.modified),
        "digests": dict(stat.digests),
    }


def listed(stat: Stat, store: str) -> dict[str, Any]:
    """An image in a listing, which need not tell the digests: null, where it tells none."""
    return image(stat, store) | {"digests": dict(stat.digests) or None}


def stored(receipt: Receipt, image_id: str) -> dict[str, Any]:
    """An image that has just been stored."""
    return {
        "id": image_id,
        "store": receipt.store,
        "location": without_secrets(receipt.location),
        "size": receipt.size,
        "digests": dict(receipt.digests),
        "seconds": round(receipt.seconds, 3),
        "metadata": {key: value if _plain(value) else str(value) for key, value in receipt.metadata.items()},
    }


def finding(found: Finding) -> dict[str, Any]:
    """One finding of a check."""
    return {"severity": found.severity.value, "message": found.message, "lacks": names(found.lacks)}


def space(known: Space | None) -> dict[str, int] | None:
    """Bytes in all, used and free."""
    return None if known is None else {"total": known.total, "used": known.used, "free": known.free}


def leftover(left: Leftover, store: str) -> dict[str, Any]:
    """What a dead upload has left."""
    return {
        "store": store,
        "place": left.place,
        "size": left.size,
        "id": left.image_id,
        "modified": moment(left.modified),
    }


def capabilities(known: Capability) -> list[str]:
    """Capabilities by name."""
    return names(known)


def moment(when: datetime | None) -> str | None:
    """A time in ISO 8601 with its zone."""
    return None if when is None else when.isoformat()


def _plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool | list | dict)
