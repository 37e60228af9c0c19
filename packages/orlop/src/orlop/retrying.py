"""When and how a failed call is tried again: one policy, by stamina, for every call that may be repeated."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import stamina

from orlop.errors import StoreError, Unavailable

_FIRST = 0.1
"""Seconds before the first further try; before each later one twice as long, up to the longest wait."""
_LONGEST = 5.0
"""Seconds of the longest wait; more where `seconds` is long, so that there are a few dozen tries in any case."""
_TRIES = 24


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long a call is repeated while its failure may pass.

    `seconds` is the limit that is met: waits grow, and the last try comes when they are over. Where the backend says
    how long to wait (`StoreError.retry_after`), no try comes sooner; when that is beyond the limit, none comes at all.
    `tries` bounds the number of tries besides.

    `translated` gives a context in which a backend's errors become ours: only then is it known whether a failure may
    pass, and only our errors, which hold no secrets, reach the logs of the retries. `on_retry` hears of each failure
    that is tried again.
    """

    tries: int
    seconds: float
    translated: Callable[[], AbstractContextManager[object]]
    on_retry: Callable[[StoreError], None] = lambda _: None

    def attempts(self) -> Iterator[stamina.Attempt]:
        """The attempts of one call, with growing, jittered waits between them."""
        return stamina.retry_context(on=_Waits(self).next, attempts=self.tries, timeout=None).__iter__()


class _Waits:
    """The waits between the tries of one call."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._begun = time.monotonic()
        self._failures = 0

    def next(self, error: Exception) -> bool | float:
        """Seconds until the next try; False when there is none."""
        if not isinstance(error, StoreError) or not error.retryable:
            return False
        if isinstance(error, Unavailable) and (error.hung or error.lasting):
            return False
        self._failures += 1
        left = self._patience.seconds - (time.monotonic() - self._begun)
        asked = max(0.0, error.retry_after or 0.0)
        if self._failures >= self._patience.tries or left <= 0 or asked > left:
            return False
        self._patience.on_retry(error)
        longest = max(_LONGEST, self._patience.seconds / _TRIES)
        wait = min(_FIRST * 2.0 ** min(self._failures - 1, 30), longest)
        return min(left, max(asked, wait * random.uniform(0.75, 1.25)))  # noqa: S311 - spreads many callers
