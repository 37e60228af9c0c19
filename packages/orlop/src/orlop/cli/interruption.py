"""Signals as exceptions in the main thread, so that a transfer is aborted and leaves nothing behind."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from orlop.cli.nudging import nudged

_PATIENCE = 1.0
"""Seconds in which further signals are taken for the same one: a shell and a wrapper may both send it."""


class Interrupted(BaseException):
    """The process has been told to end; `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


@contextmanager
def signals_raise(raised: Callable[[int], BaseException] = Interrupted) -> Iterator[None]:
    """A context in which SIGINT, SIGTERM and SIGHUP raise an exception in the main thread.

    The first one starts the tidying up. A second one, a second later or more, breaks that off.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    first: list[float] = []
    heard = threading.Event()

    def interrupt(number: int, _: FrameType | None) -> None:
        heard.set()
        now = time.monotonic()
        if first and now - first[0] < _PATIENCE:
            return
        first[:] = [now]
        raise raised(number)

    before = {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, and jobs in the background of a shell
            before[number] = signal.signal(number, interrupt)
    try:
        with nudged(before, heard):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
