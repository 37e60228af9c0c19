"""A handle that several threads use: its last user closes it, and nobody closes it under a user.

An engine that gives a hung call up aborts the upload, or closes the image, while the call is still inside the backend.
Were the handle closed then, the system could give its number to another file, and the call that returns late would
write there. So whoever works with the handle is counted, and a close only refuses new users.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

from orlop.errors import Unavailable

T = TypeVar("T")


class Refcounted(Generic[T]):
    """A handle with a reference count.

        descriptor = Refcounted(os.open(path, os.O_RDWR), os.close, what="the upload")
        with descriptor as number:
            os.pwrite(number, block, offset)
        descriptor.close()

    handle: the open handle.
    close: closes it. It is called once, by whoever is the last, and with no lock held: closing may hang.
    what: what the handle belongs to, for the message to those who come too late.
    """

    def __init__(self, handle: T, close: Callable[[T], object], *, what: str) -> None:
        self._handle: T | None = handle
        self._close = close
        self._what = what
        self._changed = threading.Condition()
        self._users = 0
        self._closing = False
        self._closed = False

    def __enter__(self) -> T:
        """The handle, which stays open until the end of the `with` block. Threads may be inside together.

        Raises:
            Unavailable: it has been closed.
        """
        with self._changed:
            handle = self._handle
            if self._closing or handle is None:
                raise Unavailable(f"{self._what} has been closed")
            self._users += 1
        return handle

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._changed:
            self._users -= 1
        self._close_if_unused()

    @property
    def closing(self) -> bool:
        """Whether it is closed, or its last user will close it: work with it is not wanted any more."""
        return self._closing

    def close(self) -> None:
        """Refuse new users, and close the handle: now, or when its last user leaves. Never waits; again is harmless.

        What closing raises is raised by whoever was the last: here, or at the end of that user's `with` block.
        """
        with self._changed:
            self._closing = True
        self._close_if_unused()

    def wait_closed(self, timeout: float | None = None) -> bool:
        """Wait until the handle is closed, for `timeout` seconds or for as long as it takes; whether it is.

        For what can only be done then: an image of Ceph is not removed while anybody has it open. Not to be called by
        one of the users, who would wait for itself.
        """
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, timeout)

    def peek(self) -> T | None:
        """The handle without becoming its user, to look at and not to work with; None when it is closed."""
        return self._handle

    def disown(self) -> T | None:
        """Forget the handle without closing it, and return it: after a fork it belongs to the parent.

        Threads of the parent that used it do not exist in the child, so that there are no users any more.
        """
        handle, self._handle = self._handle, None
        self._changed = threading.Condition()  # a thread of the parent may have held the old one
        self._users, self._closing, self._closed = 0, True, True
        return handle

    def _close_if_unused(self) -> None:
        with self._changed:
            handle = self._handle
            if self._users or not self._closing or handle is None:
                return
            self._handle = None
        try:
            self._close(handle)
        finally:
            with self._changed:
                self._closed = True
                self._changed.notify_all()
