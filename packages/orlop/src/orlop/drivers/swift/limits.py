"""What a server says of its large objects, and what follows for the segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

from orlop.drivers.swift.client import Client
from orlop.drivers.swift.manifest import Segment

_MIB = 1024 * 1024
_MOST = 1000
"""Segments of one static manifest, where the server does not say: the default of Swift and of radosgw."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Whether there are static manifests, how many segments one holds, and whether one may hold others."""

    static: bool = True
    most: int = _MOST
    nested: bool = True
    listed: bool = True
    """Whether a listing tells the size of a large object, and not that of its manifest."""

    def block_size(self, wanted: int, size: int | None) -> int:
        """Bytes of the segments of an image of `size` bytes, where `wanted` is the usual size."""
        if not self.static or self.nested or size is None:
            return wanted
        due = -(-size // self.most)
        return max(wanted, -(-due // _MIB) * _MIB)

    def block_size_at(self, first: int, offset: int) -> int:
        """Bytes of the segment at `offset`: it grows where the number of segments is limited and the size unknown."""
        if not self.static or self.nested:
            return first
        # A 128th of what came before, and no less than the first: 1000 segments, the first of 16 MiB, make 1.7 TiB.
        grown = max(first, offset // 128)
        return -(-grown // _MIB) * _MIB if grown > first else first

    def tables(self, segments: Sequence[Segment]) -> list[Sequence[Segment]]:
        """The segments in groups, each for a manifest of its own; none when one manifest holds them all."""
        if len(segments) <= self.most:
            return []
        return [segments[at : at + self.most] for at in range(0, len(segments), self.most)]


def limits_of(client: Client, how: Literal["auto", "slo", "dlo"]) -> Limits:
    """What the server of this account says about itself; servers that say nothing are taken for Swift's own."""
    if how == "dlo":
        return Limits(static=False)
    known = info(client)
    slo = known.get("slo")
    if known and slo is None and how == "auto":
        return Limits(static=False)
    slo = slo if isinstance(slo, dict) else {}
    # radosgw has static manifests too, but none within others, and lists their own size; it says less of them.
    of_swift = not known or "yield_frequency" in slo
    return Limits(most=int(slo.get("max_manifest_segments", _MOST)), nested=of_swift, listed=of_swift)


def info(client: Client) -> dict[str, Any]:
    """What the server says about itself; nothing when it does not."""
    parts = urlsplit(client.url)
    folder = parts.path.partition("/v1")[0]
    answer = client.ask_url(
        "GET", urlunsplit((parts.scheme, parts.netloc, f"{folder}/info", "", "")), authenticated=False
    )
    if answer.status_code != 200:
        return {}
    try:
        known = answer.json()
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}
