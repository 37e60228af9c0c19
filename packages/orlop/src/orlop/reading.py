"""The read path: one stored image as a binary file object, for every store alike.

Ranges, read-ahead, continuation after a broken connection, the count of bytes against the size, and digests at the end.
"""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from orlop.crew import Crew
from orlop.digests import Digester, compare
from orlop.driver import Blob
from orlop.errors import Mismatch, StoreError, Unavailable
from orlop.opened import Opened
from orlop.readahead import ReadAhead
from orlop.retrying import Patience
from orlop.translation import Translation

_CLOSE_GRACE = 1.0
"""Seconds that `close` waits for fetches under way, which it has cancelled; what takes longer ends by itself."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one reader is to read: bytes `start` to `stop` of the blob at `location`, and how.

    `stop` is None while the end is unknown, `resumes` says whether reading may begin anywhere, `verify` maps algorithm
    names to the digests that the whole must have, `deadline` is in seconds, and `server` is the one that is read from.
    """

    location: str
    start: int
    stop: int | None
    resumes: bool
    verify: Mapping[str, str]
    crew: Crew
    patience: Patience
    deadline: float
    translation: Translation
    opened: Opened
    server: str = ""


class ImageReader(io.BufferedIOBase):
    """A stored image, or a range of it, opened for reading.

    Iterating gives pieces of bytes of the size that suits the store (not lines). `size` is the number of bytes that
    reading from the start gives, None when the backend does not say. `seek` counts from the start of the range.

    Raises, on reading:
        Mismatch: fewer or more bytes than the size says, or another digest than wanted.
        Unavailable: the backend broke off or hangs, and did so again on every try.
    """

    def __init__(self, blob: Blob, plan: Plan) -> None:
        self._blob = blob
        self._plan = plan
        self._position = plan.start
        self._ahead: ReadAhead | None = None
        self._left: list[ReadAhead] = []
        self._rest = b""
        self._rest_at = 0
        self._digester = Digester(plan.verify) if plan.verify else None
        plan.opened.begin(self)
        self._begun = True

    @property
    def size(self) -> int | None:
        """Bytes from the start of the range to its end; None when the backend does not say."""
        return None if self._plan.stop is None else self._plan.stop - self._plan.start

    @property
    def blob(self) -> Blob:
        """What the driver has opened; for a copy inside the backend."""
        return self._blob

    def readable(self) -> bool:
        """Always true."""
        return True

    def seekable(self) -> bool:
        """Whether the store can read from any offset, and no digest has to see every byte."""
        return self._plan.resumes and self._digester is None and self._plan.stop is not None

    def tell(self) -> int:
        """Bytes from the start of the range."""
        return self._position - self._plan.start

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to another byte of the range; nothing is fetched until the next read."""
        if not self.seekable() or self._plan.stop is None:
            raise io.UnsupportedOperation("this reader cannot seek")
        origin = {io.SEEK_SET: self._plan.start, io.SEEK_CUR: self._position, io.SEEK_END: self._plan.stop}[whence]
        target = origin + offset
        if target < self._plan.start:
            raise ValueError("seek before the start of the range")
        skip = target - self._position
        if 0 <= skip <= len(self._rest) - self._rest_at:
            self._rest_at += skip
        else:
            self._stop_fetching()
        self._position = target
        return self.tell()

    def read(self, size: int | None = -1, /) -> bytes:
        """`size` bytes, fewer only at the end; all that are left when `size` is negative or None."""
        if size is None or size < 0:
            return b"".join(self)
        parts = []
        while size and (part := self.read1(size)):
            parts.append(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def read1(self, size: int = -1, /) -> bytes:
        """At most `size` bytes, as they come; empty only at the end."""
        if size == 0 or not self._fill():
            return b""
        if self._rest_at == 0 and (size < 0 or size >= len(self._rest)):
            taken = self._rest
        else:
            taken = self._rest[self._rest_at : self._rest_at + size if size > 0 else None]
        self._rest_at += len(taken)
        self._position += len(taken)
        return taken

    def readinto(self, buffer: Any, /) -> int:
        """Fill `buffer`, and return how many bytes there were."""
        view = memoryview(buffer).cast("B")
        done = 0
        while done < len(view) and (count := self.readinto1(view[done:])):
            done += count
        return done

    def readinto1(self, buffer: Any, /) -> int:
        """Put what is at hand into `buffer`, and return how many bytes that were; 0 only at the end."""
        view = memoryview(buffer).cast("B")
        part = self.read1(len(view))
        view[: len(part)] = part
        return len(part)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        piece = self.read1()
        if not piece:
            raise StopIteration
        return piece

    def close(self) -> None:
        """Let go of the backend; may be called twice.

        Waits for it until the deadline, unless a fetch hangs: then the backend is let go of when that returns.
        """
        self._close(wait=True)

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self._close(wait=False)

    def _close(self, *, wait: bool) -> None:
        if self.closed or "_begun" not in vars(self):  # the latter: its making was broken off
            return
        super().close()
        if self._digester is not None:
            self._digester.stop()
        self._stop_fetching()
        self._plan.opened.closing()
        try:
            thread = self._plan.crew.start(self._close_blob, "close", server=self._plan.server, always=True)
        except Unavailable:  # this process can have no more threads
            self._close_blob()
            return
        if wait and self._fetches_end(time.monotonic() + _CLOSE_GRACE):
            thread.join(self._plan.deadline)
            if thread.is_alive():
                self._plan.crew.give_up(thread)

    def _fetches_end(self, until: float) -> bool:
        return all(ahead.join(max(0.0, until - time.monotonic())) for ahead in self._left)

    def _close_blob(self) -> None:
        """Close the blob when no fetch uses it any more; those that go on count as hung meanwhile."""
        try:
            if not self._fetches_end(time.monotonic() + _CLOSE_GRACE):
                self._plan.opened.stalled()
                for ahead in self._left:
                    ahead.give_up()
                for ahead in self._left:
                    ahead.join(threading.TIMEOUT_MAX)
                self._plan.opened.resumed()
            with suppress(Exception):  # what has been read has been read
                self._blob.close()
        finally:
            self._plan.opened.closed()

    def _fill(self) -> bool:
        """Have at least one byte at hand; False at the end."""
        if self.closed:
            raise ValueError("the reader is closed")
        if self._rest_at < len(self._rest):
            return True
        if self._plan.stop is not None and self._position >= self._plan.stop:
            return self._end()
        if self._ahead is None:
            self._ahead = self._fetch_from(self._position)
        try:
            piece = next(self._ahead, b"")
        except StoreError as error:
            raise self._explained(error) from error.__cause__
        if not piece:
            return self._end()
        if self._plan.stop is not None and self._position + len(piece) > self._plan.stop:
            raise self._explained(Mismatch(f"the backend gives more than the {self._plan.stop} bytes it announced"))
        if self._digester is not None:
            self._digester.feed(piece)
        self._rest, self._rest_at = piece, 0
        return True

    def _end(self) -> bool:
        if self._digester is not None:
            digester, self._digester = self._digester, None
            try:
                compare(digester.finish(), self._plan.verify)
            except StoreError as error:
                raise self._explained(error) from None
        return False

    def _fetch_from(self, position: int) -> ReadAhead:
        plan = self._plan
        return ReadAhead(
            self._blob,
            position,
            plan.stop,
            crew=plan.crew,
            patience=plan.patience,
            deadline=plan.deadline,
            resumes=plan.resumes,
            server=plan.server,
        )

    def _explained(self, error: StoreError) -> StoreError:
        return self._plan.translation.completed(error, "read", self._plan.location)

    def _stop_fetching(self) -> None:
        self._left = [ahead for ahead in self._left if not ahead.join(0)]
        if self._ahead is not None:
            self._ahead.close()
            self._left.append(self._ahead)
        self._ahead, self._rest, self._rest_at = None, b"", 0
