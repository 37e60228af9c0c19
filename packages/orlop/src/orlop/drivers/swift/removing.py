"""Removing the segments of an image whose manifest is gone."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from orlop.drivers.swift.client import Client
from orlop.drivers.swift.manifest import Segment
from orlop.errors import BackendError

_AT_ONCE = 8


def remove_segments(client: Client, segments: Sequence[Segment]) -> None:
    """Remove what a deleted image has left: all that can be, also when one fails; those once again.

    Raises:
        BackendError: some are still there. To delete the image again would not find them.
    """

    def remove(segment: Segment) -> bool:
        try:
            client.remove(segment.container, segment.name)
        except Exception:  # noqa: BLE001 - told below, when the others are gone
            return False
        return True

    left = segments
    with ThreadPoolExecutor(min(_AT_ONCE, max(1, len(segments)))) as threads:
        for _ in range(client.settings.attempts):
            left = [one for one, gone in zip(left, list(threads.map(remove, left)), strict=True) if not gone]
            if not left:
                return
    raise BackendError(
        f"the image is deleted, but {len(left)} of its segments could not be; 'orlop clean' removes them"
    )
