"""A suite of Glance's tests, run by stestr in an environment of its own."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ci import subunit_stream
from ci.outcome import Outcome
from ci.plugin.glance_run.order import VARIABLE, Order
from ci.suites import Suite

PLUGIN = Path(__file__).parent / "plugin"
WORKERS = 2
_SECONDS = 45 * 60
_LOCK = "glance-tests-run.lock"
"""In the folder for temporary files. What runs a job must not hold it: each would wait for the other."""
_NO_DATABASE = "sqlite:////never-created-nor-used.db"
"""Tests of other databases skip themselves when the server of these cannot be reached."""
_DROPPED = ("PYTHON", "OS_", "ORLOP_", "GLANCE_", "STESTR_", "PYTEST_")


@dataclass(frozen=True)
class Run:
    """The outcomes of a suite, how long it took, how many stores of which driver it made, and where its log is."""

    suite: Suite
    outcomes: tuple[Outcome, ...]
    seconds: float
    stores: Mapping[str, int]
    log: Path


def run(suite: Suite, *, tree: Path, venv: Path, order: Order, folder: Path) -> Run:
    """Run a suite in Glance's source `tree` with the Python of `venv`; streams and logs go to `folder`."""
    stream, log, notes = (folder / f"{suite.name}.{kind}" for kind in ("subunit", "log", "notes"))
    notes.write_text("", encoding="utf-8")
    timings = folder / f"{suite.name}.timings"  # by which stestr shares out the tests among its workers next time
    timings.mkdir(exist_ok=True)
    if not suite.swapped:
        order = Order(notes="")
    with _only_run(), tempfile.TemporaryDirectory(prefix="glance-tests-", ignore_cleanup_errors=True) as temporary:
        begun = time.monotonic()
        command = [str(venv / "bin" / "python"), "-m", "stestr", "--test-path", f"./{suite.folder}"]
        command += ["--repo-url", str(timings), "run", "--subunit", "--concurrency", str(WORKERS)]
        environment = _environment(venv, replace(order, notes=str(notes)), temporary)
        _execute([*command, suite.chosen], tree, environment, stream, log)
        seconds = time.monotonic() - begun
    return Run(suite, tuple(subunit_stream.read(stream)), seconds, _stores(notes), log)


@contextmanager
def _only_run() -> Iterator[None]:
    """Wait until no other run of Glance's tests is on this machine: one of them ends every scrubber it finds."""
    with (Path(tempfile.gettempdir()) / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _environment(venv: Path, order: Order, temporary: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_DROPPED) and not name.lower().endswith("_proxy")
    }
    return kept | {
        "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "TMPDIR": temporary,  # what tests leave behind goes with it
        "PYTHONPATH": str(PLUGIN),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore",
        "OS_TEST_DBAPI_ADMIN_CONNECTION": _NO_DATABASE,
        VARIABLE: order.to_text(),
    }


def _execute(command: list[str], tree: Path, environment: dict[str, str], stream: Path, log: Path) -> None:
    """Run the command to its end; what it says by its exit status, the stream says better."""
    with stream.open("wb") as output, log.open("wb") as errors:
        process = subprocess.Popen(
            command,
            cwd=tree,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        try:
            process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            errors.write(f"ended after {_SECONDS} seconds\n".encode())
        finally:
            # With its workers, which are in its group.
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _stores(notes: Path) -> dict[str, int]:
    made = Counter[str]()
    for line in notes.read_text(encoding="utf-8").splitlines():
        made.update(json.loads(line)["drivers"])
    return dict(sorted(made.items()))
