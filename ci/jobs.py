"""Several jobs, one after the other, and the table that stands at their end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ci.plan import Planned

PASSED, NOT_PASSED, UNCHANGED = "passed", "NOT PASSED", "unchanged"


@dataclass(frozen=True)
class Done:
    """One job: how it ended, and how long that took."""

    job: Planned
    verdict: str
    seconds: float

    @property
    def green(self) -> bool:
        """Whether it was run and passed, or needed not to be run."""
        return self.verdict != NOT_PASSED


def run(planned: Iterable[Planned], one: Callable[[Planned], bool]) -> list[Done]:
    """Run those that have to be run; `one` runs a job and says whether it passed."""
    return [_run(job, one) for job in planned]


def _run(job: Planned, one: Callable[[Planned], bool]) -> Done:
    if not job.runs:
        return Done(job, UNCHANGED, 0.0)
    begun = time.monotonic()
    passed = one(job)
    return Done(job, PASSED if passed else NOT_PASSED, time.monotonic() - begun)


def table(done: Sequence[Done]) -> Iterator[str]:
    """One line for each job, and the time that all have taken."""
    rows = [(f"gate {one.job.name}", one.verdict, f"{one.seconds:.0f} s", one.job.why) for one in done]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    for name, verdict, seconds, why in rows:
        yield f"{name:{widths[0]}}  {verdict:{widths[1]}}  {seconds:>{widths[2]}}  {why}"
    yield f"all jobs: {sum(one.seconds for one in done):.0f} s"
