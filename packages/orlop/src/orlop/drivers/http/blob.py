"""One image on a web server, opened for reading."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping

from urllib3.exceptions import HTTPError

from orlop.driver import Blob
from orlop.drivers.http.answer import Answer
from orlop.drivers.http.client import Client, Place
from orlop.errors import BackendError, Mismatch, StoreError, Unsupported

FIRST = 64 * 1024
"""Bytes that the first request asks for: its answer tells size, version and whether there are ranges, and is then the
beginning of the image. So a small image costs one request, and a reader of another part wastes little."""

_NO_RANGES = "the server has no ranges: this image can be read from its start only"


class HttpBlob(Blob):
    """An image whose first bytes are on their way; safe in many threads.

    Every later request is for the very state of the content that the first answer was from.
    """

    def __init__(self, client: Client, place: Place, lanes: int) -> None:
        """Ask for the beginning."""
        self._client = client
        self._place = place
        self._lock = threading.Lock()
        answer = client.ask_for_beginning(place, FIRST)
        try:
            answer.require_end()
            self.ranged = answer.status == 206
            self._version = answer.version
            self.size = 0 if answer.status == 416 else self._version.size
        except BaseException:
            answer.release()
            raise
        self._kept: Answer | None = answer
        # Where redirects led is asked directly from now on: the next mirror may have another state.
        self._hop = answer.hop
        self.lanes = lanes if self.ranged else 1

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        if start and not self.ranged:
            raise Unsupported(_NO_RANGES)  # now, and not at the first piece
        return self._pieces(start, stop)

    def _pieces(self, start: int, stop: int | None) -> Iterator[bytes]:
        end = self.size if stop is None or self.size is None else min(stop, self.size)
        most = stop if end is None else end
        position = start
        answer = self._take(start)
        while most is None or position < most:
            answer = answer or self._ask(position, end)
            try:
                for piece in answer.pieces(None if most is None else most - position):
                    position += len(piece)
                    yield piece
            except GeneratorExit:
                answer.drop()  # nobody waits for the rest
                raise
            finally:
                answer.release()
            answer = None
            if not self.ranged:
                return
        if answer is not None:
            answer.release()

    def close(self) -> None:
        with self._lock:
            kept, self._kept = self._kept, None
        if kept is not None:
            kept.drop()

    def _take(self, start: int) -> Answer | None:
        """The first answer, if nobody has used it yet and it is of use at `start`."""
        with self._lock:
            kept, self._kept = self._kept, None
        if kept is not None and (start != 0 or kept.status == 416):
            kept.release()
            return None
        return kept

    def _ask(self, start: int, end: int | None) -> Answer:
        """The answer with the bytes from `start` on; `end` is known where the server has ranges."""
        headers: dict[str, str] = {}
        if self.ranged and end is not None:
            headers["Range"] = f"bytes={start}-{end - 1}"
            if (validator := self._version.if_range) is not None:
                headers["If-Range"] = validator
        answer = self._ask_again(headers)
        try:
            self._check(answer, start)
        except BaseException:
            answer.release()
            raise
        return answer

    def _ask_again(self, headers: Mapping[str, str]) -> Answer:
        hop = self._hop
        try:
            return self._client.ask_for_content("GET", self._place, headers, hop)
        except (StoreError, HTTPError):
            if hop == self._place.begin:
                raise
            # The place that we were sent to does not do it any more: a signature ran out, a mirror went away.
            answer = self._client.ask_for_content("GET", self._place, headers)
            self._hop = answer.hop
            return answer

    def _check(self, answer: Answer, start: int) -> None:
        """Make sure that these are bytes of the same content, from `start` on."""
        if answer.status == 416:
            if answer.unsatisfied not in {None, self.size}:
                raise Mismatch(f"the image has changed: it has {answer.unsatisfied} bytes now and had {self.size}")
            raise BackendError(f"{answer.target} has no bytes from {start} on, though the image has {self.size}")
        answer.require_end()
        if answer.status == 206 and (not self.ranged or answer.range[0] != start):
            raise BackendError(
                f"{answer.target} sent bytes from {answer.range[0]} on, and was asked for those from {start}"
            )
        if (change := self._version.change(answer.version)) is not None:
            raise Mismatch(f"the image has changed since it was opened: {change}")
        if answer.status != 206 and self.size is not None and not self._version.is_named_by(answer.version):
            raise BackendError(f"{answer.target} tells neither the size nor the ETag of what it sends now")
        if answer.status != 206 and start:
            raise Unsupported("the server answers no ranges any more: this image can be read from its start only")
