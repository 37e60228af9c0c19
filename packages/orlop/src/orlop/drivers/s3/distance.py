"""Whether a server is far away, which decides how many ranges of an image are worth fetching at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")

_FAR = 0.010
"""Seconds. A window of 4 MiB, as much as Linux lets a connection have by itself, then moves 400 MiB a second at most:
less than one connection to a server nearby."""
_TRIES = 3
"""The first answer waits for the connection as well, and any may wait for a busy server."""


class Distance:
    """How long a server takes at least to answer what it needs to send no body for. Safe in many threads."""

    def __init__(self) -> None:
        self._least = float("inf")
        self._seen = 0

    def timed(self, ask: Callable[[], _T]) -> _T:
        """Do a small request, and note how long it takes."""
        begun = time.monotonic()
        answer = ask()
        self._least = min(self._least, time.monotonic() - begun)
        self._seen += 1
        return answer

    def is_far(self, ask: Callable[[], object]) -> bool:
        """Whether the server is far; `ask` does a small request, which is done where too few have been seen."""
        while self._least > _FAR and self._seen < _TRIES:
            self.timed(ask)
        return self._least > _FAR
