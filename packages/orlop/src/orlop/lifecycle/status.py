"""The states of a driver, each with its consequence."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a driver is in its life."""

    EXPERIMENTAL = "experimental"
    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    DEPRECATED = "deprecated"
    REMOVED = "removed"

    @property
    def severity(self) -> int:
        """How much this takes from those who use the driver; experimental takes as little as supported."""
        return _SEVERITY[self]

    @property
    def consequence(self) -> str:
        """What it means for those who open a store."""
        return _CONSEQUENCES[self]


_SEVERITY = {
    Status.EXPERIMENTAL: 0, Status.SUPPORTED: 0, Status.UNSUPPORTED: 1, Status.DEPRECATED: 2, Status.REMOVED: 3,
}  # fmt: skip
_CONSEQUENCES = {
    Status.EXPERIMENTAL: "It opens. It owes nothing yet, and nothing is promised: it may change or go at any release.",
    Status.SUPPORTED: "It opens.",
    Status.UNSUPPORTED: "It opens only where the store's settings say `allow_unsupported = true`.",
    Status.DEPRECATED: "It opens, and warns once in a process: since when, why, and what to use instead.",
    Status.REMOVED: "It does not open; the error says when it was removed, why, and what to use instead.",
}
