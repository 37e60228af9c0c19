"""How a store calls its driver: in a thread with a deadline, its errors translated, repeated where that is harmless."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from orlop.crew import Crew
from orlop.driver import Driver
from orlop.errors import StoreError
from orlop.location import is_location
from orlop.ration import Ration
from orlop.retrying import Patience
from orlop.settings import StoreSettings
from orlop.translation import Translation

T = TypeVar("T")


_LEAST = 1.0
"""Seconds that the last one of several calls with one limit has at the least, for it begins when the limit is met."""


def _unheard(_: StoreError) -> None:
    return


class Calls:
    """The calls of one store to its driver."""

    def __init__(self, store: str, driver: Driver[Any], *, shared: Calls | None = None) -> None:
        """`shared`: those whose threads and memory these take part in."""
        self.settings: StoreSettings = driver.settings
        self.crew: Crew = Crew(self.settings.hang_limit) if shared is None else shared.crew
        self.ration: Ration = Ration() if shared is None else shared.ration
        self.translation = Translation(store, driver.classify, self.settings.secrets(), driver.retry_after)
        self._server_of = driver.server_of

    def patience(
        self,
        operation: str,
        location: str,
        on_retry: Callable[[StoreError], None] = _unheard,
        *,
        seconds: float | None = None,
    ) -> Patience:
        """The policy by which a part of `operation` is repeated, for `retry_seconds` unless `seconds` are given."""
        return Patience(
            tries=self.settings.attempts,
            seconds=self.settings.retry_seconds if seconds is None else seconds,
            translated=lambda: self.translation.during(operation, location),
            on_retry=on_retry,
        )

    def once(
        self,
        operation: str,
        location: str,
        work: Callable[[], T],
        *,
        seconds: float | None = None,
        late: Callable[[T], object] | None = None,
        always: bool = False,
    ) -> T:
        """Call the driver once; `late` undoes a success that came after the deadline of `seconds`.

        `always`: also when too many earlier calls hang, see `Crew.start`.
        """
        with self.translation.during(operation, location):
            limit = seconds or self.settings.deadline
            server = self.server_of(location)
            return self.crew.call(work, seconds=limit, name=operation, server=server, late=late, always=always)

    def server_of(self, location: str) -> str:
        """The server that a call about `location`, or about an image id, waits for; see `Driver.server_of`."""
        try:
            return self._server_of(location) if is_location(location) else ""
        except Exception:  # noqa: BLE001 - a malformed location: the call itself says so
            return ""

    def repeated(
        self,
        operation: str,
        location: str,
        work: Callable[[], T],
        *,
        seconds: float | None = None,
        total: float | None = None,
        tries_for: float | None = None,
        late: Callable[[T], object] | None = None,
        always: bool = False,
        on_retry: Callable[[StoreError], None] = _unheard,
    ) -> T:
        """Call the driver, again while its failure may pass; for calls that may be repeated.

        A call that hangs is not repeated: each one takes a thread, and the deadline is the caller's. It is tried again
        for `tries_for` seconds, in place of `retry_seconds`; with `total`, all calls together have so many. The other
        words are those of `once`, for each call; `on_retry` hears of each failure that is tried again.
        """
        results: list[T] = []
        until = time.monotonic() + (total or 0.0)
        for attempt in self.patience(operation, location, on_retry, seconds=total or tries_for).attempts():
            with attempt:
                limit = seconds if total is None else max(_LEAST, until - time.monotonic())
                results.append(self.once(operation, location, work, seconds=limit, late=late, always=always))
        return results[0]
