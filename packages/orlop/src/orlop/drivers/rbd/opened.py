"""An image of librbd that is open, shared by threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from orlop.drivers.rbd.connection import Pool
from orlop.drivers.rbd.forking import let_go_after_fork, never_freed
from orlop.errors import Unavailable


class OpenImage:
    """An open image. librbd must not close it while a thread is in it, so the last user does.

    pool: where it is, which also keeps the connection alive.
    """

    def __init__(self, pool: Pool, image: Any) -> None:
        self.pool = pool
        self._image = image
        self._changed = threading.Condition()
        self._users = 0
        self._closing = False
        let_go_after_fork(self)

    @contextmanager
    def using(self) -> Iterator[Any]:
        """Librbd's image, which stays open meanwhile.

        Raises:
            Unavailable: it is closed.
        """
        with self._changed:
            if self._closing:
                raise Unavailable("the image has been closed")
            self._users += 1
        try:
            yield self._image
        finally:
            with self._changed:
                self._users -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Close it, when all who use it are done; again is harmless."""
        with self._changed:
            self._closing = True
            self._changed.wait_for(lambda: not self._users)
            image, self._image = self._image, None
        if image is not None:
            image.close()

    def leave_to_parent(self) -> None:
        """Be closed in a forked child."""
        self._changed = threading.Condition()
        never_freed(self._image, self.pool)
        self._image, self._users, self._closing = None, 0, True
