"""The memory that the uploads of one store may take together.

One upload alone has as many blocks on their way as it likes, which its lanes bound. Many at once share: who has a block
on its way already waits with the next one until there is room; who has none never waits, so that none is kept out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

CROWD = 2
"""So many uploads of a store get all the memory that each would take alone; more of them share it."""
LEAST = 32 * 1024 * 1024
"""Bytes that they may have in any case: where blocks are small, a crowd of slow sources leaves room for a fast one."""
_TICK = 0.25
"""Seconds between two looks at whether there is still something to wait for."""


class Ration:
    """The blocks of a store's uploads that are on their way; together at least `least` bytes of them may be."""

    def __init__(self, least: int = LEAST) -> None:
        self.least = least
        self.changed = threading.Condition()
        self.shares: set[Share] = set()

    def share(self, room: int) -> Share:
        """The part of one upload, which alone has `room` bytes on their way; `close` it at its end."""
        return Share(self, room)


class Share:
    """What one upload has on its way; `held` in bytes."""

    def __init__(self, ration: Ration, room: int) -> None:
        self._ration = ration
        self._limit = max(CROWD * room, ration.least)
        self.held = 0
        with ration.changed:
            ration.shares.add(self)

    def take(self, size: int, check: Callable[[], object]) -> Portion:
        """The room of a block of `size` bytes, when there is some; what `check` raises meanwhile ends the waiting."""
        with self._ration.changed:
            while self.held and len(self._ration.shares) > 1 and self._total() + size > self._limit:
                check()
                self._ration.changed.wait(_TICK)
            self.held += size
        return Portion(self, size)

    def give(self, size: int) -> None:
        """A block is done with."""
        with self._ration.changed:
            self.held -= size
            self._ration.changed.notify_all()

    def close(self) -> None:
        """The upload has ended, whatever it still holds."""
        with self._ration.changed:
            self._ration.shares.discard(self)
            self._ration.changed.notify_all()

    def _total(self) -> int:
        return sum(share.held for share in self._ration.shares)


class Portion:
    """One block on its way to several who use it; the last one to `leave` gives it back."""

    def __init__(self, share: Share, size: int) -> None:
        self._share = share
        self._size = size
        self._users = 1
        self._lock = threading.Lock()

    def join(self) -> Portion:
        """One more uses the block."""
        with self._lock:
            self._users += 1
        return self

    def leave(self) -> None:
        """One of them is done with it."""
        with self._lock:
            self._users -= 1
            last = not self._users
        if last:
            self._share.give(self._size)
