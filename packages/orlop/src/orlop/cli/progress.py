"""A bar with rate and time left on stderr, when that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orlop.cli.session import Session
from orlop.cli.terminals import is_terminal
from orlop.cli.wording import harmless
from orlop.events import Event, Kind

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Meter:
    """How far a transfer is; draws nothing without a `Progress`."""

    def __init__(self, progress: Progress | None, task: TaskID | None) -> None:
        self._progress = progress
        self._task = task

    def at(self, done: int, total: int | None) -> None:
        """So many bytes of so many, or of nobody knows how many, are done."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, total=total)

    def hear(self, event: Event) -> None:
        """Follow a transfer's events."""
        if event.kind in {Kind.STARTED, Kind.PROGRESS}:
            self.at(event.done, event.total)

    def begin(self, subject: str, total: int | None) -> None:
        """Start again, with another image."""
        if self._progress is not None and self._task is not None:
            self._progress.reset(self._task, total=total, description=harmless(subject))


@contextmanager
def meter(session: Session, subject: str) -> Iterator[Meter]:
    """A meter for the length of one transfer."""
    if session.quiet or not is_terminal(sys.stderr):
        yield Meter(None, None)
        return
    with _bar() as progress:
        yield Meter(progress, progress.add_task(harmless(subject), total=None))


def _bar() -> Progress:
    from rich.console import Console  # noqa: PLC0415 - not needed without a terminal
    from rich.progress import (  # noqa: PLC0415 - as above
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True),
        console=Console(file=sys.stderr, force_terminal=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=True,
    )
