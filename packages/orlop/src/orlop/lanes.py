"""Writing blocks: up to `lanes` at once, each retried by itself, with a watch on those that hang."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from orlop.crew import Crew, Worker
from orlop.driver import Upload
from orlop.errors import Unavailable
from orlop.ration import Portion
from orlop.retrying import Patience

_TICK = 0.25
"""Seconds between two looks at the watch while waiting."""


class Lanes:
    """The threads that write one upload's blocks.

    Memory: at most `upload.lanes` blocks are being written - fewer when they have grown, so that no more bytes are in
    flight than so many of `upload.block_size`, though always one - and one more waits.
    """

    def __init__(self, upload: Upload, crew: Crew, patience: Patience, deadline: float) -> None:
        self._upload = upload
        self._crew = crew
        self._patience = patience
        self._deadline = deadline
        self._changed = threading.Condition()
        self._waiting: deque[tuple[int, bytes, Portion]] = deque()
        self._busy: dict[threading.Thread, float] = {}
        self._room = upload.lanes * upload.block_size
        self._in_flight = 0
        self._failure: BaseException | None = None
        self._stopped = False
        self._threads: list[Worker] = []

    def block_size_at(self, offset: int) -> int:
        """The upload's `block_size_at`; what the driver raises there becomes ours, as everywhere."""
        with self._patience.translated():
            return self._upload.block_size_at(offset)

    def write(self, offset: int, block: bytes, portion: Portion) -> None:
        """Have `block`, which is of `portion`, written at `offset`; waits while every lane is busy.

        Raises the first failure of any lane.
        """
        if len(self._threads) < self._upload.lanes:
            self._threads.append(self._crew.start(self._work, f"lane-{len(self._threads)}"))
        with self._changed:
            self._wait(lambda: not self._waiting)
            self._waiting.append((offset, block, portion.join()))
            self._changed.notify_all()

    def drain(self) -> None:
        """Wait until every block has been written. Raises the first failure of any lane."""
        with self._changed:
            self._wait(lambda: not self._waiting and not self._busy)
        self.stop()

    def check(self) -> None:
        """Raises the first failure of any lane, and that a write hangs."""
        with self._changed:
            self._look()

    def stop(self) -> None:
        """Begin no further write, and wait for those under way - up to the deadline; later ones are given up.

        A thread that waits for its next try is not waited for: it makes none.
        """
        until = time.monotonic() + self._deadline
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()
            now = time.monotonic()
            writing = {thread: now - since for thread, since in self._busy.items() if since != math.inf}
        for thread in self._threads:
            if thread in writing:
                if writing[thread] <= self._deadline:
                    thread.join(max(0.0, until - time.monotonic()))
                if thread.is_alive():
                    self._crew.give_up(thread)
        self._threads = []

    def _wait(self, ready: Callable[[], bool]) -> None:
        while True:
            if self._failure is not None:
                raise self._failure
            if ready():
                return
            self._changed.wait(_TICK)
            self._look()

    def _look(self) -> None:
        if self._failure is not None:
            raise self._failure
        now = time.monotonic()
        if any(now - since > self._deadline for since in self._busy.values()):
            raise Unavailable.hanging(f"a write has not been answered within {self._deadline:g} s")

    def _fits(self) -> bool:
        return bool(self._waiting) and (not self._busy or self._in_flight + len(self._waiting[0][1]) <= self._room)

    def _work(self) -> None:
        me = threading.current_thread()
        while True:
            with self._changed:
                while not (self._fits() or self._stopped or self._failure):
                    self._changed.wait()
                if self._stopped or self._failure:
                    return
                offset, block, portion = self._waiting.popleft()
                self._busy[me] = time.monotonic()
                self._in_flight += (size := len(block))
                self._changed.notify_all()
            failure: BaseException | None = None
            try:
                self._write(me, offset, block)
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
                failure = error
            del block  # it must not stay alive while this waits for the next one
            portion.leave()
            with self._changed:
                del self._busy[me]
                self._in_flight -= size
                self._failure = self._failure or failure
                self._changed.notify_all()

    def _write(self, me: threading.Thread, offset: int, block: bytes) -> None:
        for attempt in self._patience.attempts():
            with attempt:
                with self._changed:  # `stop` waits for what is in here, and for nothing else
                    if self._stopped:
                        return
                    self._busy[me] = time.monotonic()
                try:
                    with self._patience.translated():
                        self._upload.write(offset, block)
                finally:
                    self._busy[me] = math.inf  # between two attempts nothing hangs
