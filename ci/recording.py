"""The baseline, recorded again: both suites with upstream's glance_store on the file driver."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from pathlib import Path

from ci import baseline, stestr
from ci.environments import GLANCE, UPSTREAM, source, upstream, versions
from ci.job import Say
from ci.outcome import FAILED
from ci.plugin.glance_run.order import Order
from ci.suites import FUNCTIONAL, UNIT

_NAMED = ("glance", "glance-store", "oslo.config", "sqlalchemy", "stestr", "stevedore", "taskflow")


def record(folder: Path, say: Say) -> bool:
    """Run, and keep the record; nothing is kept when a test fails, because a baseline has no failures."""
    venv = upstream()
    runs = []
    for suite in (FUNCTIONAL, UNIT):
        say(f"Glance {GLANCE}'s {suite.name} tests with upstream's glance_store {UPSTREAM}")
        runs.append(stestr.run(suite, tree=source(), venv=venv, order=Order(notes=""), folder=folder))
    failed = [one for ran in runs for one in ran.outcomes if one.outcome == FAILED]
    for one in failed:
        say(f"failed: {one.test}: {one.reason}")
    if failed or not all(ran.outcomes for ran in runs):
        say("nothing is recorded: a baseline has no failures, and some tests")
        return False
    installed = versions(venv)
    about = {
        "library": "glance_store",
        "driver": "file",
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "versions": {name: installed[name] for name in _NAMED if name in installed},
    }
    record = baseline.text(about, {ran.suite.name: (ran.outcomes, ran.seconds) for ran in runs})
    baseline.FILE.write_text(record, encoding="utf-8")
    return True
