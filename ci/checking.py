"""A kept result against the commit that it names: what of it does not fit is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ci import baseline, kept, tree
from ci.environments import ROOT
from ci.outcome import FAILED, PASSED, SKIPPED

_BASELINE = "ci/baseline.json"


def wrong(result: Mapping[str, Any], now: datetime, root: Path = ROOT) -> list[str]:
    """Everything that is wrong with a kept result; empty when it is what a job on that commit could have written.

    Raises:
        NoHistory: it cannot be told here, because this clone does not have the commit, or git is missing.
    """
    try:
        return list(_itself(result, now)) or list(_against_commit(result, root))
    except tree.NoSuchCommit as error:
        return [str(error)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [f"it is not as a job writes it: {type(error).__name__} {error}"]


def _itself(result: Mapping[str, Any], now: datetime) -> Iterator[str]:
    """What can be seen without a commit."""
    if kept.checksum(result) != result["checksum"]:
        yield "it was changed after it was kept: its checksum is another"
    if not (result["passed"] and result["whole"]):
        yield "it is not the green result of a whole job"
    for gate in result["own_gate"]["gates"]:
        bad = set(gate["cases"]) & {FAILED, SKIPPED}
        if bad or gate["missing"] or not gate["passed"]:
            yield f"{gate['class']} did not pass"
    if datetime.fromisoformat(result["date"]) > now:
        yield f"its date is to come: {result['date']}"


def _against_commit(result: Mapping[str, Any], root: Path) -> Iterator[str]:
    commit = result["commit"]
    if tree.digest(kept.files_of(result), tree.files_at(commit, root)) != result["inputs"]["digest"]:
        yield f"its inputs are not those of commit {commit}"
    if datetime.fromisoformat(result["date"]) < tree.moment_of(commit, root):
        yield f"it is older than its commit {commit}"
    if not result["glance"]:
        return
    record = baseline.read(tree.text_at(commit, _BASELINE, root))
    for suite in result["glance"]:
        counted = Counter(kept.outcomes(suite, record).values())
        if {name: counted[name] for name in (PASSED, FAILED, SKIPPED)} != suite["totals"]:
            yield f"the totals of Glance's {suite['suite']} tests are not those of the baseline of commit {commit}"
