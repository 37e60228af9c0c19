"""The job for one driver: orlop's own gate, Glance's tests, and what the rule says of them."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ci import baseline, exceptions, own_gate, stestr, tree
from ci.comparison import Difference, Verdict, compare
from ci.drivers import DRIVERS, STAND_INS, Backend, JobDriver
from ci.environments import GLANCE, LIBRARIES, source, versions, with_package
from ci.inputs import Inputs, inputs_of
from ci.outcome import MISSING
from ci.own_gate import OwnGate
from ci.package import Package
from ci.plugin.glance_run.order import Order
from ci.stestr import Run

OWN = "own"
THE_RUN, STORES = "the run", "stores"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Judged:
    """One suite of Glance's: how it ran, and what the comparison with upstream says."""

    run: Run
    verdict: Verdict


@dataclass(frozen=True)
class Job:
    """All that one job has found out; `inputs` is None where git could not tell them, or they changed meanwhile."""

    driver: str
    library: str
    whole: bool
    date: str
    commit: str
    versions: Mapping[str, str | list[str]]
    packages: Mapping[str, str]
    baseline: Mapping[str, object]
    own: OwnGate | None
    suites: tuple[Judged, ...]
    seconds: float
    inputs: Inputs | None = None

    @property
    def passed(self) -> bool:
        """Green or red."""
        parts = [one.verdict.passed for one in self.suites] + [own.passed for own in (self.own,) if own is not None]
        return bool(parts) and all(parts)


def run(
    driver: JobDriver,
    folder: Path,
    say: Say,
    *,
    library: str,
    parts: Collection[str],
    only: str,
    package: Package | None = None,
) -> Job:
    """Run the job; logs go to `folder`. `parts` and `only` leave parts of it out, which makes it not whole.

    The driver may be of a `package` of its own: then its gate has been run there, and it has no inputs here.
    """
    begun, inputs = time.monotonic(), None if package else _inputs(driver)
    at = package.commit() if package else commit(inputs)
    suites = [suite for suite in driver.suites if not parts or suite.name in parts]
    if only:
        suites = [suite.narrowed(only) for suite in suites]
    record = baseline.load()
    allowed = package.exceptions if package else exceptions.load(DRIVERS)
    own = package.own_gate() if package else None
    if not package and (not parts or OWN in parts):
        say(f"orlop's own gate for {driver.name}")
        own = own_gate.run(driver.name, folder)
    venv = Path(sys.prefix)
    if suites:
        say(f"Glance {GLANCE} with {'upstream' if library == 'upstream' else 'our'} glance_store")
        venv = with_package(package.folder) if package else LIBRARIES[library]()
    judged = []
    with driver.serve() if suites else nullcontext(Backend()) as backend:
        for suite in suites:
            say(f"Glance's {suite.name} tests")
            ran = stestr.run(suite, tree=source(), venv=venv, order=order(driver, backend), folder=folder)
            mine = [one for one in allowed if one.suite == suite.name and driver.name in one.drivers]
            mine = [one for one in mine if suite.has(one.test)]
            verdict = compare(record.suites[suite.name].within(suite), ran.outcomes, mine)
            differences = (*of_the_run(ran, driver, narrowed=bool(only)), *verdict.differences)
            judged.append(Judged(ran, replace(verdict, differences=differences)))
    packages = versions(venv)
    servers = [backend.version, *(str(gate["server"]) for gate in own.gates)] if own else [backend.version]
    return Job(
        driver.name,
        library,
        whole=not parts and not only and library == "ours",
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=at,
        versions={
            "orlop": packages.get("orlop", ""),
            **{name: packages[name] for name in ("glance-store", "glance") if suites},
            "python": platform.python_version(),
            "servers": sorted({server for server in servers if server not in {"", "None"}}),
        },
        packages=packages,
        baseline=record.about,
        own=own,
        suites=tuple(judged),
        seconds=time.monotonic() - begun,
        inputs=inputs if inputs is not None and inputs == _inputs(driver) else None,
    )


def order(driver: JobDriver, backend: Backend) -> Order:
    """What the plugin is to do for a driver; the notes' place is added for each suite."""
    if driver.entry is None:
        return Order(notes="")
    return Order(
        notes="",
        driver=driver.entry,
        scheme=(driver.scheme or driver.entry) if driver.single else "",
        options=backend.options,
        stand_ins=STAND_INS,
    )


def of_the_run(ran: Run, driver: JobDriver, *, narrowed: bool = False) -> list[Difference]:
    """What makes a run worthless, whatever its tests say; those of a narrowed one need not make stores."""
    if not ran.outcomes:
        return [Difference(THE_RUN, MISSING, f"no test was run; see {ran.log}")]
    if ran.suite.swapped and not narrowed and not ran.stores.get(driver.made):
        made = ", ".join(f"{count} {name}" for name, count in ran.stores.items()) or "none"
        return [Difference(THE_RUN, STORES, f"no store of the driver {driver.made} was made; made were: {made}")]
    return []


def commit(inputs: Inputs | None) -> str:
    """The commit on which the working tree stands, with a plus sign where the inputs are not as they were there."""
    try:
        head = tree.head()
        same = inputs is not None and tree.digest(inputs.files, tree.files_at(head)) == inputs.digest
    except tree.NoHistory:
        return "unknown"
    return head if same else f"{head}+"


def _inputs(driver: JobDriver) -> Inputs | None:
    try:
        return inputs_of(driver)
    except tree.NoHistory:
        return None
