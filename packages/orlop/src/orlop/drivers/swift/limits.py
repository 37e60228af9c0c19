"""What a server says of its limits, and what follows for segments and names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

from orlop.drivers.swift.client import Client
from orlop.drivers.swift.failures import Request, problem_with
from orlop.drivers.swift.listing import json_of
from orlop.drivers.swift.manifest import Segment
from orlop.errors import BackendError, InvalidLocation

_MIB = 1024 * 1024
_LINE = 1200
"""Bytes that one segment may take in a manifest: its name, ETag and size as JSON."""
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
    largest: int = 5 << 30
    """Bytes of one object; the default is Swift's, as are those that follow."""
    smallest: int = 1
    """Bytes of a segment of a static manifest that is not the last one."""
    container_name: int = 256
    """Bytes of a container's name, quoted."""

    def require_container(self, container: str) -> None:
        """Refuse a container's name that is too long for the server.

        Raises:
            InvalidLocation: saying so.
        """
        if (length := len(container.encode())) > self.container_name:
            raise InvalidLocation(
                f"the image's container would have a name of {length} bytes, and the server takes {self.container_name}"
            )

    def block_size(self, wanted: int, size: int | None) -> int:
        """Bytes of the segments of an image of `size` bytes, where `wanted` is the usual size."""
        wanted = min(max(wanted, self.smallest if self.static else 1), self.largest)
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
    """What the server of this account says about itself; servers that say nothing are taken for Swift's own.

    Raises:
        Unavailable: it cannot say it now.
    """
    known, usual = info(client), Limits()
    swift, slo = known.get("swift"), known.get("slo")
    # radosgw has static manifests too, but none within others, and lists their own size; it says less of them.
    of_swift = not known or (isinstance(slo, dict) and "yield_frequency" in slo)
    room = _limit(slo, "max_manifest_size", 8 * _MIB) // _LINE
    static = how != "dlo" and not (known and slo is None and how == "auto")
    return Limits(
        static=static,
        most=max(1, min(_limit(slo, "max_manifest_segments", usual.most), room)),
        nested=of_swift or not static,
        listed=of_swift or not static,
        largest=_limit(swift, "max_file_size", usual.largest),
        smallest=_limit(slo, "min_segment_size", usual.smallest),
        container_name=_limit(swift, "max_container_name_length", usual.container_name),
    )


def info(client: Client) -> dict[str, Any]:
    """What the server says about itself; nothing when it does not.

    Raises:
        Unavailable: it cannot say it now.
    """
    parts = urlsplit(client.url)
    folder = parts.path.partition("/v1")[0]
    answer = client.ask_url(
        "GET", urlunsplit((parts.scheme, parts.netloc, f"{folder}/info", "", "")), authenticated=False
    )
    if answer.status_code >= 500 or answer.status_code in {408, 429, 498}:
        problem = problem_with(Request("GET", "info"), answer)
        if problem is not None:
            raise problem
    if answer.status_code != 200:
        return {}
    try:
        known = json_of(answer, "what the server says about itself")
    except BackendError:
        return {}
    return known if isinstance(known, dict) else {}


def _limit(told: object, name: str, default: int) -> int:
    value = told.get(name) if isinstance(told, dict) else None
    return value if type(value) is int and value > 0 else default
