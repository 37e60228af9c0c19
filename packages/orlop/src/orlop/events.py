"""What a transfer tells while it runs: one call with one frozen record, for progress bars, logs and metrics alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What has just happened."""

    STARTED = "started"
    PROGRESS = "progress"
    RETRY = "retry"
    COMMITTED = "committed"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a transfer.

    `done` and `total` are bytes (`total` None while unknown); `error` is the reason of a retry or an abort.
    """

    kind: Kind
    store: str
    operation: str
    subject: str
    done: int = 0
    total: int | None = None
    error: BaseException | None = None


Listener = Callable[[Event], None]
"""Called in the thread that drives the transfer, except RETRY, which comes from the thread that retries."""
