"""Deleting one image, the one that was meant and no other, with all its segments, however often a try is broken off.

The manifest goes first, so that an image is there whole or not at all. Nobody could then tell what its segments are, so
the identity that a deletion begins with names them. Those of orlop's own uploads are below a prefix of their own, where
`leftovers` finds them when the process is killed. Those of others - glance_store 5.7 had them beside the image - are
written down in an object below `.orlop/deletions/` first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from orlop.drivers.swift.client import Client
from orlop.drivers.swift.failures import MISSING, may_pass
from orlop.drivers.swift.layout import UPLOAD, Place
from orlop.drivers.swift.manifest import DYNAMIC, STATIC, Segment, etag_of, segments_of
from orlop.drivers.swift.ownership import head
from orlop.drivers.swift.removing import remove_below, remove_each
from orlop.drivers.swift.times import http_time, listed_time
from orlop.errors import BackendError, NotFound, StoreFull, Unavailable

_ROUNDS = 20
"""How often an image is deleted that is still there after it was: a container with versions brings one back."""
_SEGMENTS = "segments of the image"


@dataclass(frozen=True, slots=True)
class Meant:
    """The image that is meant: by the mark of its upload, or by ETag and time where others have made it."""

    mark: str
    etag: str = ""
    stamp: str = ""
    large: bool = False
    segments: tuple[Segment, ...] = ()

    @classmethod
    def by(cls, headers: Mapping[str, str], segments: tuple[Segment, ...] = ()) -> Meant:
        """The image that a HEAD gave these headers of."""
        dynamic = DYNAMIC in headers  # its ETag is that of a listing
        return cls(
            mark=headers.get(UPLOAD, ""),
            etag="" if dynamic else etag_of(headers),
            stamp=headers.get("X-Timestamp") or headers.get("Last-Modified", ""),
            large=dynamic or headers.get(STATIC, "").lower() == "true",
            segments=segments,
        )

    @classmethod
    def of(cls, text: str | bytes) -> Meant:
        """The one that `text` was made of.

        Raises:
            BackendError: it was made of none.
        """
        try:
            told = json.loads(text)
            segments = tuple(_segment_of(one) for one in told["segments"])
            return cls(str(told["mark"]), str(told["etag"]), str(told["stamp"]), bool(told["large"]), segments)
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise BackendError("this is no identity of an image") from error

    @property
    def text(self) -> str:
        """All of it as a text."""
        segments = [
            [one.container, one.name, one.etag, one.table, one.modified.isoformat() if one.modified else ""]
            for one in self.segments
        ]
        told = {"mark": self.mark, "etag": self.etag, "stamp": self.stamp, "large": self.large, "segments": segments}
        return json.dumps(told, separators=(",", ":"))

    def is_there(self, client: Client, container: str, name: str) -> bool:
        """Whether it is this image that is there now.

        Raises:
            Unavailable: nobody can tell: the same bytes are there, with another time.
        """
        answer = client.ask("HEAD", container, name, also=MISSING)
        if answer.status_code in MISSING:
            return False
        now = Meant.by(answer.headers)
        if self.mark or now.mark:
            return self.mark == now.mark
        if self.etag and self.etag == now.etag and self.stamp != now.stamp:
            raise Unavailable("the image was changed while it was being deleted; delete it again")
        return (self.etag, self.stamp) == (now.etag, now.stamp)


def identify(client: Client, container: str, name: str) -> Meant:
    """The image that is there; its manifest is read as far as that can be done.

    Raises:
        NotFound: there is none.
    """
    headers = head(client, container, name).headers
    segments: tuple[Segment, ...] = ()
    with suppress(BackendError):  # a damaged manifest; what can be found otherwise is removed all the same
        segments = tuple(segments_of(client, container, name, headers))
    return Meant.by(headers, segments)


def delete(client: Client, container: str, name: str, meant: Meant) -> None:
    """Delete the image that is meant, and its segments.

    Raises:
        NotFound: it was gone already; what there was of its segments is gone now too.
        Unavailable: something of it is still there.
    """
    place = Place(container, name, meant.mark or hashlib.sha256(meant.text.encode()).hexdigest()[:32])
    of_others = [one for one in meant.segments if not _is_own(one, place, meant)]
    there = meant.is_there(client, container, name)
    if there:
        if of_others:
            with suppress(StoreFull):  # then a kill amid this deletion would leave them; it makes room otherwise
                client.ask("PUT", container, place.deletion, body=meant.text.encode())
        remove_image(client, place, meant)
    _remove_segments(client, place, meant)
    if of_others:
        client.remove(container, place.deletion)
    if not there:
        raise NotFound("there is no such image")


def finish_deletion(client: Client, place: Place) -> None:
    """End what a dead process has begun: the segments go, unless the image is still there."""
    answer = client.ask("GET", place.container, place.deletion, also=MISSING)
    if answer.status_code in MISSING:
        return
    meant = Meant.of(answer.content)
    if not meant.is_there(client, place.container, place.image_id):
        _remove_segments(client, place, meant)
    client.remove(place.container, place.deletion)


def remove_image(client: Client, place: Place, meant: Meant) -> None:
    """Remove the image itself, its segments not; until it is gone.

    Raises:
        Unavailable: it is still there.
    """
    for _ in range(_ROUNDS):
        try:
            client.remove(place.container, place.image_id)
        except Exception as error:
            # The answer alone may be lost; 503 also comes where another delete has just removed the container.
            if not may_pass(error) or meant.is_there(client, place.container, place.image_id):
                raise
        if not meant.is_there(client, place.container, place.image_id):
            return
    raise Unavailable("the image is there again each time it is deleted; does the container keep versions?")


def _remove_segments(client: Client, place: Place, meant: Meant) -> None:
    def remove(segment: Segment) -> bool:
        own = _is_own(segment, place, meant)
        return (own or _is_unchanged(client, segment)) and client.remove(segment.container, segment.name)

    remove_each(meant.segments, remove, _SEGMENTS)
    if meant.large and meant.mark:
        remove_below(client, place.container, place.folder, _SEGMENTS)


def _is_own(segment: Segment, place: Place, meant: Meant) -> bool:
    """Whether it has a name that no other image's segment can have."""
    return bool(meant.mark) and segment.container == place.container and segment.name.startswith(place.folder)


def _is_unchanged(client: Client, segment: Segment) -> bool:
    """Whether the object is still the one that belonged to the image, and not one of a later image of the same id."""
    answer = client.ask("HEAD", segment.container, segment.name, also=MISSING)
    if answer.status_code in MISSING:
        return False
    if not segment.table and segment.etag and etag_of(answer.headers) != segment.etag:
        return False
    now = http_time(answer.headers.get("Last-Modified"))
    # Headers give whole seconds, rounded up.
    return now is None or segment.modified is None or now - segment.modified <= timedelta(seconds=1)


def _segment_of(told: list[Any]) -> Segment:
    container, name, etag, table, modified = told
    return Segment(str(container), str(name), str(etag), 0, bool(table), modified=listed_time(str(modified)))
