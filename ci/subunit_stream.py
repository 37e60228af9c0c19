"""The outcomes of a run of stestr, out of its stream in the subunit format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import subunit  # type: ignore[import-untyped]
import testtools

from ci.outcome import FAILED, PASSED, SKIPPED, Outcome

_MEANING = {"success": PASSED, "xfail": PASSED, "skip": SKIPPED}
"""Everything else is a failure, also a test that has begun and not ended."""
_TEXTS = ("reason", "traceback")
"""What tells why, of all that a test attaches; its logs stay in the stream."""


def read(path: Path) -> list[Outcome]:
    """The outcome of each test in the stream, in the order of their ends; a test that ended twice, by its worse end."""
    found: dict[str, Outcome] = {}

    def end(test: Mapping[str, Any]) -> None:
        if test["status"] == "exists":
            return  # a worker begins with a list of its tests
        outcome = _outcome(test)
        before = found.get(outcome.test)
        if before is None or before.outcome != FAILED:
            found[outcome.test] = outcome

    results = testtools.StreamToDict(end)
    results.startTestRun()
    with path.open("rb") as stream:
        # Text between the packets is what a worker has printed: it belongs to no test.
        subunit.ByteStreamToStreamResult(stream, non_subunit_name="printed").run(results)
    results.stopTestRun()
    return list(found.values())


def _outcome(test: Mapping[str, Any]) -> Outcome:
    begun, ended = test["timestamps"]
    seconds = (ended - begun).total_seconds() if begun and ended else 0.0
    meaning = _MEANING.get(test["status"], FAILED)
    if meaning == PASSED:
        return Outcome(test["id"], PASSED, seconds)
    trace = "\n".join(
        content.as_text().strip() for name, content in sorted(test["details"].items()) if name.startswith(_TEXTS)
    )
    lines = trace.splitlines() or [f"ended as: {test['status']}"]
    reason = trace if meaning == SKIPPED else lines[-1]
    return Outcome(test["id"], meaning, seconds, reason.strip(), trace if meaning == FAILED else "")
