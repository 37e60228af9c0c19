"""One image on its way into Swift: one object when it fits into a block, segments and a manifest otherwise."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import requests

from orlop.driver import Blob, Upload
from orlop.drivers.swift.beacon import Beacon
from orlop.drivers.swift.body import HashedBody
from orlop.drivers.swift.claims import only_one
from orlop.drivers.swift.cloning import parts_to_copy
from orlop.drivers.swift.containers import Containers
from orlop.drivers.swift.deleting import Meant, remove_image
from orlop.drivers.swift.digests import digest_headers
from orlop.drivers.swift.failures import may_pass
from orlop.drivers.swift.layout import SIZE, UPLOAD, Place
from orlop.drivers.swift.limits import Limits
from orlop.drivers.swift.manifest import Segment, dynamic_headers, md5, put_static, require_etag
from orlop.drivers.swift.ownership import is_own, require_free
from orlop.drivers.swift.removing import remove_below, remove_each
from orlop.errors import AlreadyExists, Unavailable

_LOOK_AGAIN = 0.2
"""Seconds between two looks for an image that may come late."""


class SwiftUpload(Upload):
    """The first block is kept until a second one, or the end, shows what the image becomes."""

    repeatable_commit = True

    def __init__(
        self, containers: Containers, place: Place, limits: Limits, *, size: int | None, location: str
    ) -> None:
        client = containers.client
        self.block_size = limits.block_size(client.settings.segment_size, size)
        self.lanes = client.settings.lanes
        self._client = client
        self._containers = containers
        self._place = place
        self._limits = limits
        self._location = location
        self._segmented = size is not None and size > self.block_size
        self._first: bytes | None = None
        self._lock = threading.Lock()
        self._first_goes = threading.Lock()
        self._segments: dict[int, Segment] = {}
        self._begun: set[str] = set()
        self._beacon: Beacon | None = None
        self._alive = False
        self._published = False
        self._unsure_since: float | None = None
        self._settling = False
        self._unwanted = False

    def block_size_at(self, offset: int) -> int:
        return self._limits.block_size_at(self.block_size, offset)

    def write(self, offset: int, block: bytes) -> None:
        if offset == 0 and not self._segmented:
            self._first = block
            return
        self._send_first()
        self._send(offset, block)

    def clone(self, blob: Blob) -> None:
        parts = parts_to_copy(self._client, blob)
        self._segmented, offset = bool(parts), 0
        for part in parts:
            if offset not in self._segments:  # else an earlier try has copied it
                self._copy(offset, part)
            offset += part.size

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        if self._segments:
            self._send_first()
        # An earlier try may have gone well without our hearing of it.
        if not (self._published and is_own(self._client, self._place)):
            with self._containers.needed(self._place.container), only_one(self._client, self._place):
                require_free(self._client, self._place)
                self._publish(size, digests)
        self._settle()
        self._first = None
        return self._location

    def _publish(self, size: int, digests: Mapping[str, str]) -> None:
        with self._lock:
            if self._unwanted:  # whoever asked has gone while this hung
                raise Unavailable("the upload has been aborted")
            self._published = True
        headers = {
            **digest_headers(digests),
            UPLOAD: self._place.mark,
            SIZE: str(size),
            "If-None-Match": "*",
            "Content-Type": "application/octet-stream",
        }
        asked = time.monotonic()
        try:
            if self._segments:
                self._put_manifest(headers)
            else:
                self._put_object(self._first or b"", headers)
        except AlreadyExists:
            # It may be this image, if an earlier request came late, of which no answer had come.
            if not is_own(self._client, self._place):
                raise
        except Exception as error:
            if may_pass(error):
                self._unsure_since = asked
            raise
        finally:
            if self._is_unwanted():  # the abort may have looked before it was there
                self._take_back()
        self._unsure_since = None

    def _settle(self) -> None:
        """The image is there, so its segments are its own: the beacon goes.

        Raises:
            Unavailable: somebody has taken this upload for dead, and cleaned its segments away.
        """
        if self._beacon is None:
            return
        again, self._settling = self._settling, True
        if self._beacon.remove():
            return
        # The second time it may be gone because of the first one, of which no answer came.
        place = self._place
        there = {item.name for item in self._client.listing(place.container, prefix=place.folder)} if again else set()
        if not there >= {segment.name for segment in self._segments.values()}:
            raise Unavailable("this upload was taken for dead, and its segments were cleaned away")

    def abort(self) -> None:
        with self._lock:
            self._unwanted = True
            published = self._published
        self._first = None
        if self._beacon is not None:
            self._beacon.stop()
        if published:
            self._take_back()
            self._wait_for_late_image()
        with self._lock:
            begun = sorted(self._begun)
        remove_each(begun, lambda name: self._client.remove(self._place.container, name), "segments of the upload")
        if begun:
            remove_below(self._client, self._place.container, self._place.folder, "segments of the upload")
        if self._beacon is not None:
            self._beacon.remove()
        self._containers.forget(self._place.container)

    def _is_unwanted(self) -> bool:
        with self._lock:
            return self._unwanted

    def _take_back(self) -> bool:
        """Remove the image, if this upload has made it; whether it had."""
        place = self._place
        own = is_own(self._client, place)
        if own:
            remove_image(self._client, place, Meant(place.mark))
        return own

    def _wait_for_late_image(self) -> None:
        """Where no answer came to the request that makes the image, it may be under way still: look for it for a while.

        As long as an answer was waited for, once more: what has not come by then was lost on the way.
        """
        if self._unsure_since is None:
            return
        until = self._unsure_since + 2 * self._client.settings.read_timeout
        while time.monotonic() < until:
            time.sleep(_LOOK_AGAIN)
            if self._take_back():
                return

    def _send_first(self) -> None:
        """Send the block that was kept, unless somebody is doing so."""
        if not self._first_goes.acquire(blocking=False):
            return
        try:
            if self._first is not None:
                self._send(0, self._first)
                self._first = None
        finally:
            self._first_goes.release()

    def _send(self, offset: int, block: bytes) -> None:
        body = HashedBody(block)
        answer = self._put_segment(offset, {}, body)
        self._has(offset, answer, body.etag, len(block))

    def _copy(self, offset: int, part: Segment) -> None:
        source = {"X-Copy-From": quote(f"/{part.container}/{part.name}"), "X-Fresh-Metadata": "true"}
        self._has(offset, self._put_segment(offset, source, b""), part.etag, part.size)

    def _put_segment(self, offset: int, more: Mapping[str, str], body: bytes | HashedBody) -> requests.Response:
        place = self._place
        self._begin()
        name = place.segment(offset)
        with self._lock:
            if self._unwanted:
                raise Unavailable("the upload has been aborted")
            self._begun.add(name)
        headers = {"Content-Type": "application/octet-stream", **more}
        answer = self._client.ask("PUT", place.container, name, headers=headers, body=body)
        if self._is_unwanted():  # the abort has not seen it
            self._client.remove(place.container, name)
            raise Unavailable("the upload has been aborted")
        return answer

    def _has(self, offset: int, answer: requests.Response, etag: str, size: int) -> None:
        require_etag(answer.headers, etag, f"bytes {offset} to {offset + size}")
        with self._lock:
            self._segments[offset] = Segment(self._place.container, self._place.segment(offset), etag, size)

    def _begin(self) -> None:
        """Before the first segment: a container, and the beacon."""
        with self._lock:
            if self._alive or self._unwanted:
                return
            if self._beacon is None:
                self._beacon = Beacon(self._client, self._place.container, self._place.beacon)
            with self._containers.needed(self._place.container):
                self._beacon.begin()
            self._alive = True

    def _put_object(self, block: bytes, headers: Mapping[str, str]) -> None:
        etag, place = md5(block), self._place
        answer = self._client.ask("PUT", place.container, place.image_id, headers={**headers, "ETag": etag}, body=block)
        require_etag(answer.headers, etag, "the image")

    def _put_manifest(self, headers: Mapping[str, str]) -> None:
        place, client = self._place, self._client
        segments = [self._segments[offset] for offset in sorted(self._segments)]
        if self._limits.static:
            if tables := self._limits.tables(segments):
                segments = [self._put_table(number, group) for number, group in enumerate(tables)]
            put_static(client, place.container, place.image_id, segments, headers)
        else:
            dynamic = dynamic_headers(place.container, place.folder)
            client.ask("PUT", place.container, place.image_id, headers={**headers, **dynamic}, body=b"")

    def _put_table(self, number: int, group: Sequence[Segment]) -> Segment:
        name = self._place.table(number)
        with self._lock:
            self._begun.add(name)
        return put_static(self._client, self._place.container, name, group, {})
