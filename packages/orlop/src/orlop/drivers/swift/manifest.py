"""Large objects: segments, and the manifests that make images of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from orlop.drivers.swift.client import Client
from orlop.drivers.swift.failures import MISSING
from orlop.drivers.swift.layout import UPLOAD, Place
from orlop.drivers.swift.listing import encodable, json_of
from orlop.drivers.swift.times import listed_time
from orlop.errors import BackendError, Mismatch, Unavailable

STATIC = "X-Static-Large-Object"
DYNAMIC = "X-Object-Manifest"

_DEEPEST = 10
"""Levels of manifests within manifests, as Swift has it."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One object of a large one.

    `table`: it is itself a static manifest. `whole`: all of it belongs there; other tools' manifests may name a range
    of an object, or hold bytes themselves, which have no name then.
    """

    container: str
    name: str
    etag: str
    size: int
    table: bool = False
    whole: bool = True
    modified: datetime | None = None


def md5(data: bytes) -> str:
    """The ETag that Swift gives to these bytes; it finds damage, it keeps no secrets."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def etag_of(headers: Mapping[str, str]) -> str:
    """The ETag of an answer, without quotes; empty when there is none."""
    return headers.get("ETag", "").strip('"').lower()


def require_etag(headers: Mapping[str, str], due: str, what: str) -> None:
    """Compare the ETag of an answer with the one that is due.

    Raises:
        Mismatch: the server has other bytes than were sent.
        Unavailable: it does not say what it has.
    """
    if not (got := etag_of(headers)):
        raise Unavailable(f"the server does not say whether it has stored {what}: its answer has no ETag")
    if got != due:
        raise Mismatch(f"the server has stored {what} with the ETag {got!r}; the bytes have {due!r}")


def whole_etag(segments: Sequence[Segment]) -> str:
    """The ETag that a static manifest of these segments has."""
    return md5("".join(segment.etag for segment in segments).encode())


def put_static(
    client: Client, container: str, name: str, segments: Sequence[Segment], headers: Mapping[str, str]
) -> Segment:
    """Store a static manifest; the server compares each segment's ETag and size.

    Raises:
        Mismatch: it became another object than the segments make.
    """
    lines = [{"path": f"/{one.container}/{one.name}", "etag": one.etag, "size_bytes": one.size} for one in segments]
    query = {"multipart-manifest": "put"}
    answer = client.ask("PUT", container, name, query=query, headers=headers, body=json.dumps(lines).encode())
    due = whole_etag(segments)
    require_etag(answer.headers, due, f"a manifest of {len(segments)} segments")
    return Segment(container, name, due, sum(one.size for one in segments), table=True)


def segments_of(client: Client, container: str, name: str, headers: Mapping[str, str]) -> Iterator[Segment]:
    """Every segment of the object that a HEAD gave these headers of; none of a plain one.

    A table comes after what it holds, so that nothing is lost when they are removed in this order and that breaks off.
    """
    if headers.get(STATIC, "").lower() == "true":
        yield from _static(client, container, name, headers.get(UPLOAD))
    elif DYNAMIC in headers:
        where, _, prefix = unquote(headers[DYNAMIC]).lstrip("/").partition("/")
        for item in client.listing(where, prefix=prefix):
            if (where, item.name) != (container, name):
                yield Segment(where, item.name, item.etag, item.size, modified=item.modified)


def direct_segments(client: Client, container: str, name: str, mark: str | None) -> list[Segment]:
    """The segments that a static manifest names itself, in order; those of its tables are not among them.

    `mark` is that of the upload that has made it. radosgw 16 keeps its manifests to itself and sends none; of an upload
    whose mark is known the segments are listed there, and its listings are always right.
    """
    answer = client.ask("GET", container, name, query={"multipart-manifest": "get"}, also=MISSING)
    if answer.status_code in MISSING:
        return []
    if not answer.content and mark:
        found = client.listing(container, prefix=Place(container, name, mark).folder)
        return [Segment(container, item.name, item.etag, item.size, modified=item.modified) for item in found]
    try:
        return [_segment(line) for line in json_of(answer, f"the manifest {container}/{name}")]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise BackendError(f"the manifest {container}/{name} cannot be read") from error


def dynamic_headers(container: str, prefix: str) -> dict[str, str]:
    """What makes an empty object a dynamic manifest."""
    return {DYNAMIC: f"{quote(container)}/{quote(prefix)}"}


def _static(client: Client, container: str, name: str, mark: str | None, depth: int = 1) -> Iterator[Segment]:
    if depth > _DEEPEST:
        raise BackendError(f"the manifest {container}/{name} is within more than {_DEEPEST} others")
    for segment in direct_segments(client, container, name, mark):
        if segment.table:
            yield from _static(client, segment.container, segment.name, None, depth + 1)
        if segment.name:
            yield segment


def _segment(line: Mapping[str, Any]) -> Segment:
    if "data" in line:
        return Segment("", "", "", 0, whole=False)
    container, _, name = str(line["name"]).lstrip("/").partition("/")
    if not container or not name or not encodable(container + name):
        raise ValueError("no name of an object")
    etag, size, table = str(line["hash"]).strip('"'), int(line["bytes"]), bool(line.get("sub_slo"))
    modified = listed_time(str(line.get("last_modified", "")))
    return Segment(container, name, etag, size, table, "range" not in line, modified)
