"""When and how a failed call is tried again: one policy, by stamina, for every call that may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import stamina

from orlop.errors import StoreError, Unavailable


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long a call is repeated while its failure may pass.

    `translated` gives a context in which a backend's errors become ours: only then is it known whether a failure may
    pass, and only our errors, which hold no secrets, reach the logs of the retries. `on_retry` hears of each failure
    that is tried again.
    """

    tries: int
    seconds: float
    translated: Callable[[], AbstractContextManager[object]]
    on_retry: Callable[[StoreError], None] = lambda _: None

    def attempts(self) -> Iterator[stamina.Attempt]:
        """The attempts of one call, with growing, jittered waits of at most 5 seconds between them."""
        return stamina.retry_context(
            on=self._may_pass,
            attempts=self.tries,
            timeout=self.seconds,
            wait_initial=0.1,
            wait_max=5.0,
            wait_jitter=0.5,
        ).__iter__()

    def _may_pass(self, error: Exception) -> bool:
        if not (isinstance(error, StoreError) and error.retryable) or (isinstance(error, Unavailable) and error.hung):
            return False
        self.on_retry(error)
        return True
