"""Telling the main thread once more of a signal that it has not taken note of."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

_GRACE = 0.1
"""Seconds that the main thread has to run its handler, before the signal is sent to it again."""


@contextmanager
def nudged(numbers: Collection[int], heard: threading.Event) -> Iterator[None]:
    """A context of the main thread in which no signal of these waits for the end of a blocking call.

    Python runs a signal's handler in the main thread between two instructions. A signal that comes in the moment before
    that thread blocks, or that another thread is given, does not interrupt the blocking call: `orlop put -` would wait
    for its next byte with the signal in its pocket. So a thread is told of each signal as it comes
    (`signal.set_wakeup_fd`), and sends it to the main thread until the handler, which has to set `heard`, has run.
    """
    main = threading.main_thread().ident
    assert main is not None
    told, telling = socket.socketpair()
    telling.setblocking(False)  # as set_wakeup_fd asks

    def nudge() -> None:
        while number := told.recv(1):
            if number[0] not in numbers:
                continue
            if heard.wait(_GRACE):
                heard.clear()
            else:
                signal.pthread_kill(main, number[0])  # which comes back as the next byte

    thread = threading.Thread(target=nudge, name="orlop-nudge", daemon=True)
    with told, telling:
        thread.start()  # first: where no thread can be had, nothing must be left set
        before = signal.set_wakeup_fd(telling.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            telling.shutdown(socket.SHUT_WR)
            thread.join()
