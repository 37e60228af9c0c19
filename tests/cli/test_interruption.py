"""Signals end what the main thread waits for."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from orlop.cli.interruption import Interrupted, signals_raise


class Pipe:
    """A pipe whose reader waits; ten seconds later it is given the end, so that no test waits for ever."""

    def __init__(self) -> None:
        self.read, self._write = os.pipe()
        self.over = threading.Event()
        self._timer = threading.Timer(10, self._end)
        self._timer.start()

    def _end(self) -> None:
        self.over.set()
        os.close(self._write)

    def close(self) -> None:
        self._timer.cancel()
        self._timer.join()
        if not self.over.is_set():
            os.close(self._write)
        os.close(self.read)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    with closing(Pipe()) as pipe:
        yield pipe


def to_another_thread(number: int) -> None:
    """A signal that reaches the process and interrupts no call of the main thread."""

    def take() -> None:
        signal.pthread_kill(threading.get_ident(), number)

    after = threading.Timer(0.2, take)
    after.daemon = True
    after.start()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_interrupts_no_call_ends_a_read(pipe: Pipe, number: signal.Signals) -> None:
    with pytest.raises(Interrupted) as caught, signals_raise():
        to_another_thread(number)
        os.read(pipe.read, 1)
    assert not pipe.over.is_set()
    assert caught.value.number == number


def test_a_signal_that_interrupts_no_call_ends_a_wait(pipe: Pipe) -> None:
    with pytest.raises(Interrupted), signals_raise():
        to_another_thread(signal.SIGTERM)
        pipe.over.wait()
    assert not pipe.over.is_set()


def test_a_nudge_is_not_taken_for_a_second_signal(pipe: Pipe) -> None:
    """A second signal breaks off the tidying up; the same one, told again, must not."""
    tidied = False
    with pytest.raises(Interrupted), signals_raise():
        try:
            to_another_thread(signal.SIGTERM)
            os.read(pipe.read, 1)
        finally:
            threading.Event().wait(1.5)
            tidied = True
    assert tidied
    assert not pipe.over.is_set()


def test_nothing_is_left_of_it() -> None:
    before = (threading.active_count(), signal.getsignal(signal.SIGTERM), len(os.listdir("/proc/self/fd")))
    with signals_raise():
        assert threading.active_count() == before[0] + 1
    assert (threading.active_count(), signal.getsignal(signal.SIGTERM), len(os.listdir("/proc/self/fd"))) == before
    assert signal.set_wakeup_fd(-1) == -1
