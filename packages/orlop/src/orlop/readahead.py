"""Fetching a range of a blob ahead of its reader, in order, in one or several threads.

The range is cut into segments; each lane fetches one segment at a time and puts its pieces aside until the reader
comes to them. A broken connection is continued at the byte reached. With one lane there is one segment: the range.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Self

from orlop.crew import Crew, Worker
from orlop.driver import Blob
from orlop.errors import Mismatch, StoreError, Unavailable
from orlop.retrying import Patience

_AHEAD = 2 * 1024 * 1024
"""Bytes that a single lane may be ahead of the reader."""


class _Segment:
    """A part of the range: where it is, what has been fetched of it, and whether that is all."""

    def __init__(self, start: int, stop: int | None, room: int) -> None:
        self.start = start
        self.stop = stop
        self.room = room
        self.pieces: deque[bytes] = deque()
        self.held = 0
        self.complete = False


class ReadAhead:
    """An iterator over the pieces of one range of a blob, from `start` to `stop` (bytes; None: an unknown end).

    `resumes` says whether the blob can be read from any offset. Closing does not wait for the backend: `join` does.
    """

    def __init__(
        self,
        blob: Blob,
        start: int,
        stop: int | None,
        *,
        crew: Crew,
        patience: Patience,
        deadline: float,
        resumes: bool,
        server: str = "",
    ) -> None:
        self._blob = blob
        self._crew = crew
        self._patience = patience
        self._deadline = deadline
        self._resumes = resumes
        self._changed = threading.Condition()
        self._segments: deque[_Segment] = deque()
        parallel = resumes and stop is not None and stop - start > blob.segment
        self._lanes = blob.lanes if parallel else 1
        self._upcoming = self._cut(start, stop)
        self._failure: BaseException | None = None
        self._closed = False
        self._sign = 0.0
        self._resting: set[threading.Thread] = set()
        self._working = self._lanes
        self._threads: list[Worker] = []
        try:
            for lane in range(self._lanes):
                self._threads.append(crew.start(self._work, f"read-{lane}", server=server))
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        asked = time.monotonic()
        with self._changed:
            while True:
                while self._segments and self._segments[0].complete and not self._segments[0].pieces:
                    self._segments.popleft()
                    self._changed.notify_all()
                if self._segments and self._segments[0].pieces:
                    segment = self._segments[0]
                    piece = segment.pieces.popleft()
                    segment.held -= len(piece)
                    self._changed.notify_all()
                    return piece
                if self._failure is not None:
                    raise self._failure
                if self._closed or (self._working == 0 and not self._segments):
                    raise StopIteration
                self._wait(asked)

    def close(self) -> None:
        """Fetch no more; what is under way is cancelled, and nothing of it is kept."""
        with self._changed:
            self._closed = True
            self._segments.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.cancellation.cancel()

    def join(self, seconds: float) -> bool:
        """Wait until no thread uses the blob any more; False when one still does after `seconds`."""
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def give_up(self) -> None:
        """Count the threads that still use the blob as hung."""
        for thread in self._threads:
            if thread.is_alive():
                self._crew.give_up(thread)

    def _wait(self, asked: float) -> None:
        left = self._deadline
        if not self._resting:  # between two tries nothing hangs
            left = max(asked, self._sign) + self._deadline - time.monotonic()
        if left <= 0:
            self._closed = True
            self._segments.clear()
            self._changed.notify_all()
            self.give_up()
            raise Unavailable.hanging(f"no bytes have come for {self._deadline:g} s")
        self._changed.wait(left)

    def _cut(self, start: int, stop: int | None) -> Iterator[_Segment]:
        if self._lanes == 1 or stop is None:
            yield _Segment(start, stop, _AHEAD)
            return
        size = self._blob.segment
        for at in range(start, stop, size):
            yield _Segment(at, min(at + size, stop), size)

    def _work(self) -> None:
        try:
            while (segment := self._next_segment()) is not None:
                self._fetch(segment)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that reads
            with self._changed:
                self._failure = self._failure or error
        finally:
            with self._changed:
                self._resting.discard(threading.current_thread())
                self._working -= 1
                self._changed.notify_all()

    def _next_segment(self) -> _Segment | None:
        with self._changed:
            # Each lane has one segment, and one more may be waiting for the reader.
            while not self._closed and len(self._segments) > self._lanes:
                self._changed.wait()
            if self._closed or self._failure is not None:
                return None
            segment = next(self._upcoming, None)
            if segment is not None:
                self._segments.append(segment)
            return segment

    def _fetch(self, segment: _Segment) -> None:
        position, ended = segment.start, False
        while not ended:
            begun = position
            broken: Unavailable | None = None
            for attempt in self._patience.attempts():
                with attempt:
                    if not self._begins_a_try():
                        return
                    try:
                        with self._patience.translated():
                            for piece in self._blob.read(position, segment.stop):
                                if not self._keep(segment, piece):
                                    return
                                position += len(piece)
                        ended = True
                    except StoreError as error:
                        if self._closed:  # cancelled, most likely: nobody wants to hear of it
                            return
                        self._resting.add(threading.current_thread())
                        if position == begun or not isinstance(error, Unavailable):
                            raise
                        broken = error  # after progress the tries are counted anew
            if broken is not None and not self._resumes:
                raise broken
        if segment.stop is not None and position < segment.stop:
            raise Mismatch(f"the image ends after {position} bytes, {segment.stop} were to come")
        with self._changed:
            segment.complete = True
            self._changed.notify_all()

    def _begins_a_try(self) -> bool:
        """Whether another try is wanted still; from then on its silence counts."""
        with self._changed:
            self._sign = time.monotonic()
            self._resting.discard(threading.current_thread())
            return not self._closed

    def _keep(self, segment: _Segment, piece: bytes) -> bool:
        """Put a piece aside for the reader; False when nobody wants it any more."""
        if not piece:
            return not self._closed
        with self._changed:
            while segment.pieces and segment.held + len(piece) > segment.room and not self._closed:
                self._changed.wait()
            if self._closed:
                return False
            self._sign = time.monotonic()
            segment.pieces.append(piece)
            segment.held += len(piece)
            self._changed.notify_all()
        return True
