"""Deleting an image: first what makes it one, so that nobody reads half of it, then its segments."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from orlop.drivers.swift.client import Client
from orlop.drivers.swift.failures import MISSING
from orlop.drivers.swift.manifest import Segment, segments_of
from orlop.errors import NotFound, Unavailable

_AT_ONCE = 8
"""Segments deleted at once."""


def delete_image(client: Client, container: str, name: str) -> None:
    """Delete the image of this name, and the segments that its manifest tells.

    Raises:
        NotFound: there is none.
        Unavailable: the image is deleted, but segments of it are still there.
    """
    headers = client.ask("HEAD", container, name).headers
    segments = list(segments_of(client, container, name, headers))
    try:
        there = client.remove(container, name)
    except Unavailable:
        # Swift answers 503, too, where the container has just been deleted, as another delete of the image does.
        if client.send("HEAD", container, name).status_code not in MISSING:
            raise
        there = False
    if not there:
        raise NotFound("there is no such image")
    _remove_segments(client, segments)


def _remove_segments(client: Client, segments: Sequence[Segment]) -> None:
    """Remove what a deleted image has left: all that can be, also when one fails; those once again.

    Raises:
        Unavailable: some are still there.
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
    raise Unavailable(f"the image is deleted, but {len(left)} of its segments could not be; 'orlop clean' removes them")
