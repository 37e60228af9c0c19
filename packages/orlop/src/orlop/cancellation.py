"""Cancellation: how the engine ends the driver calls that it has given up.

A thread in a call that hangs cannot be ended. What the call waits for often can: a socket that is shut down wakes the
thread that reads from it. A driver registers a callback around each such wait:

    with on_cancel(lambda: connection.sock.shutdown(socket.SHUT_RDWR)):
        answer = connection.getresponse()

The engine runs it, in another thread, when nobody waits for the call any more: its deadline has passed, its caller was
interrupted, or its reader was closed. The callback must be quick, and must not wait for the thread that hangs.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

T = TypeVar("T")


class Cancellation:
    """One driver call, or one thread of several calls, and what ends its waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], object]] = []
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """Whether the call has been given up."""
        return self._cancelled

    def cancel(self) -> None:
        """Give the call up: run each callback that is registered now; later ones run when they are registered."""
        with self._lock:
            self._cancelled = True
            callbacks, self._callbacks = self._callbacks, []
            # Under the lock: `removed` waits for it, so that no callback ever runs after its `with` block.
            for callback in callbacks:
                _run(callback)

    def add(self, callback: Callable[[], object]) -> None:
        """Register a callback; when the call has been given up already, it runs at once."""
        with self._lock:
            if not self._cancelled:
                self._callbacks.append(callback)
                return
        _run(callback)

    def remove(self, callback: Callable[[], object]) -> None:
        """Forget a callback; it does not run any more when this returns."""
        with self._lock:
            self._callbacks = [one for one in self._callbacks if one is not callback]


_current: contextvars.ContextVar[Cancellation | None] = contextvars.ContextVar("orlop_cancellation", default=None)


@contextmanager
def on_cancel(callback: Callable[[], object]) -> Iterator[None]:
    """A context in which `callback` runs when the engine gives the present call up.

    It runs at most once, in another thread, and never after the context has ended. When the call has been given up
    before, it runs at once, in this thread. What it raises is ignored. Outside of a call of the engine (a driver that
    is used alone) it never runs.
    """
    call = _current.get()
    if call is None:
        yield
        return

    def once() -> None:  # an object of its own: one callback may be registered twice
        callback()

    call.add(once)
    try:
        yield
    finally:
        call.remove(once)


def cancelled() -> bool:
    """Whether the present call has been given up: a loop of a driver (pages, retries) ends then."""
    call = _current.get()
    return call is not None and call.cancelled


def in_this_call(work: Callable[[], T]) -> Callable[[], T]:
    """`work` for a thread that the driver itself starts: there it is part of the present call, and given up with it."""
    context = contextvars.copy_context()
    return lambda: context.copy().run(work)


def within(call: Cancellation, work: Callable[[], T]) -> T:
    """Run `work` as part of `call`, in the present thread; for the engine."""
    before = _current.set(call)
    try:
        return work()
    finally:
        _current.reset(before)


def _run(callback: Callable[[], object]) -> None:
    with suppress(Exception):  # a socket that is closed already, for one
        callback()
