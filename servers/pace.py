"""Sending no faster than so many bytes a second."""

import asyncio
import time


class Pace:
    """A limit of bytes a second; 0: none."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._due = time.monotonic()

    def piece(self, most: int) -> int:
        """Return how much to send at once, so that it flows rather than comes in bursts."""
        return max(1, min(most, int(self._rate / 20))) if self._rate else most

    async def passed(self, count: int) -> None:
        """Wait as long as sending these bytes takes at this rate."""
        if not self._rate:
            return
        # Counted from when it was due, so that a late wake-up is made good.
        self._due = max(self._due, time.monotonic() - 0.1) + count / self._rate
        await asyncio.sleep(self._due - time.monotonic())
