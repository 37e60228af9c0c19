"""What a store has open: its driver is closed after its last blob, also when the process ends.

A blob may hold what only the driver's connection can release (an attached volume). So blobs are closed first, the
driver after them, and both are waited for. A store that nobody closes is closed when the process ends.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

LOG = logging.getLogger(__name__)

AT_EXIT = 10.0
"""Seconds that the stores which are still open at the end of the process have together to be closed."""


class Reader(Protocol):
    """What has a blob open."""

    def close(self) -> None:
        """Close it; may be called twice."""


class Opened:
    """One store's driver, and the blobs that are open or being closed."""

    def __init__(self, close_driver: Callable[[], object], deadline: float) -> None:
        self._close_driver = close_driver
        self._deadline = deadline
        self._changed = threading.Condition()
        self._readers: weakref.WeakSet[Reader] = weakref.WeakSet()
        self._open = 0
        self._closing = 0
        self._put_off = False
        self._ended = False
        _open_at_exit.add(self)

    def begin(self, reader: Reader) -> None:
        """A reader has a blob open."""
        with self._changed:
            self._readers.add(reader)
            self._open += 1

    def closing(self) -> None:
        """A reader has been closed; its blob is about to be."""
        with self._changed:
            self._open -= 1
            self._closing += 1

    def stalled(self) -> None:
        """A blob cannot be closed for now, as a fetch of it hangs: nobody waits for that, and the driver goes first."""
        self._one_less()

    def resumed(self) -> None:
        """The fetch has come back; the blob is about to be closed after all."""
        with self._changed:
            self._closing += 1

    def closed(self) -> None:
        """A blob has been closed; when it was the last one, the driver is, too, if that was put off."""
        self._one_less()

    def _one_less(self) -> None:
        with self._changed:
            self._closing -= 1
            self._changed.notify_all()
            if self._open or self._closing or not self._put_off:
                return
            self._put_off = False
            self._ended = True
        try:
            self._close_driver()
        except Exception as error:  # noqa: BLE001 - nobody waits for it here
            LOG.warning("a store that was closed before its last reader could not be: %s", error)

    def close(self) -> None:
        """Close the driver: when every blob under way is closed, or after the deadline.

        While a reader is open, its store is not closed: that is put off until the last reader is.
        """
        with self._changed:
            if self._open:
                self._put_off = True
                return
            self._changed.wait_for(lambda: not self._closing, self._deadline)
            self._ended = True
        self._close_driver()

    def end(self) -> None:
        """Close the readers, and the driver after them; the process ends."""
        with self._changed:
            readers = list(self._readers)
        for reader in readers:
            with suppress(Exception):  # the others are to be closed all the same
                reader.close()
        with self._changed:
            ended = self._ended
            self._changed.wait_for(lambda: not self._closing, AT_EXIT)
        if not ended:
            with suppress(Exception):
                self.close()


_open_at_exit: weakref.WeakSet[Opened] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    until = time.monotonic() + AT_EXIT
    threads = [threading.Thread(target=one.end, name="orlop-exit", daemon=True) for one in list(_open_at_exit)]
    for thread in threads:
        try:
            thread.start()
        except RuntimeError:  # from Python 3.12 on there are no new threads by now
            thread.run()
    for thread in threads:
        if thread.ident is not None:
            thread.join(max(0.0, until - time.monotonic()))


os.register_at_fork(after_in_child=_open_at_exit.clear)  # what was open then is the parent's to close
