"""Contestants in turn, round by round, so that a machine that slows down slows down all of them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Result:
    """One run: wall and CPU seconds, peak memory in KiB, bytes moved, bytes that the stored file takes."""

    seconds: float
    cpu: float | None
    peak: int | None
    bytes: int
    allocated: int | None = None


@dataclass(frozen=True)
class Standing:
    """The runs of one contestant."""

    name: str
    runs: Sequence[Result]

    @property
    def seconds(self) -> float:
        return median(run.seconds for run in self.runs)

    @property
    def spread(self) -> tuple[float, float]:
        return min(run.seconds for run in self.runs), max(run.seconds for run in self.runs)

    @property
    def cpu(self) -> float | None:
        found = [run.cpu for run in self.runs if run.cpu is not None]
        return median(found) if found else None

    @property
    def peak_mib(self) -> float | None:
        found = [run.peak for run in self.runs if run.peak is not None]
        return max(found) / 1024 if found else None


Contestant = Callable[[], Result]


def contest(
    contestants: Mapping[str, Contestant],
    rounds: int,
    say: Callable[[str], None],
    before: Callable[[], None] = lambda: None,
) -> dict[str, Standing]:
    """Run everyone once, uncounted, and then `rounds` times in turn; `before` each run, the same for all."""
    runs: dict[str, list[Result]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, run in contestants.items():
            before()
            result = run()
            if number or rounds == 1:
                runs[name].append(result)
                say(f"  {name}: {result.seconds:.2f} s")
    return {name: Standing(name, results) for name, results in runs.items()}


def worker(python: Path, script: str, task: dict[str, Any]) -> Contestant:
    """A contestant that does `task` in a fresh process; what it has stored is removed, unmeasured."""

    def run() -> Result:
        folder = Path(task["folder"])
        if task["operation"] == "put":
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        command = [str(python), str(Path(__file__).parent / script), json.dumps(task)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{script} failed: {done.stderr[-2000:]}")
        if task["operation"] == "put" and not task.get("keep"):
            shutil.rmtree(folder)
        return Result(**json.loads(done.stdout))

    return run
