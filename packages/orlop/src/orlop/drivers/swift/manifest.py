"""Large objects: segments, and the manifests that make images of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from orlop.drivers.swift.client import Client
from orlop.drivers.swift.failures import MISSING
from orlop.drivers.swift.layout import UPLOAD, Place
from orlop.errors import BackendError, Mismatch

STATIC = "X-Static-Large-Object"
DYNAMIC = "X-Object-Manifest"


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
    """
    if (got := etag_of(headers)) != due:
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
    if (got := etag_of(answer.headers)) != due:
        raise Mismatch(f"the server made of {len(segments)} segments an object of ETag {got!r}, due is {due!r}")
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
                yield Segment(where, item.name, item.etag, item.size)


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
        return [Segment(container, item.name, item.etag, item.size) for item in found]
    try:
        return [_segment(line) for line in answer.json()]
    except (ValueError, KeyError, TypeError) as error:
        raise BackendError(f"the manifest {container}/{name} cannot be read") from error


def dynamic_headers(container: str, prefix: str) -> dict[str, str]:
    """What makes an empty object a dynamic manifest."""
    return {DYNAMIC: f"{quote(container)}/{quote(prefix)}"}


def _static(client: Client, container: str, name: str, mark: str | None) -> Iterator[Segment]:
    for segment in direct_segments(client, container, name, mark):
        if segment.table:
            yield from _static(client, segment.container, segment.name, None)
        if segment.name:
            yield segment


def _segment(line: Mapping[str, Any]) -> Segment:
    if "data" in line:
        return Segment("", "", "", 0, whole=False)
    container, _, name = str(line["name"]).lstrip("/").partition("/")
    etag, size, table = str(line["hash"]).strip('"'), int(line["bytes"]), bool(line.get("sub_slo"))
    return Segment(container, name, etag, size, table, "range" not in line)
