"""Results that are kept in the repository: what a driver's job has shown when it was last green.

Such a result is a job's `result.json`, made short: the cases of the gate by their outcomes, of Glance's tests only
those that did not end as the baseline says, and nothing of the machine. It is beside the driver's driver.toml, so that
the wheel carries it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orlop.lifecycle.carried import RESULT

from ci import baseline
from ci.baseline import Baseline
from ci.environments import ROOT
from ci.outcome import MISSING, PASSED, SKIPPED
from ci.suites import Suite

DRIVERS = ROOT / "packages/orlop/src/orlop/drivers"
_PLAIN = ("schema", "driver", "passed", "whole", "library", "date", "commit", "seconds", "versions", "inputs")


class NotKept(Exception):
    """A result is not one to be kept; the message says why."""


def place_of(driver: str) -> Path:
    """Where the kept result of a driver is."""
    return DRIVERS / driver / RESULT


def keep(result: Mapping[str, Any]) -> Path:
    """Keep a job's result; return where.

    Raises:
        NotKept: it is not green, not whole, or was not made from a commit.
    """
    driver = result["driver"]
    if not (result["passed"] and result["whole"]):
        raise NotKept(f"{driver}: only the green result of a whole job is kept")
    if result["inputs"] is None:
        raise NotKept(f"{driver}: its inputs are not known, or have changed while the job ran; run it again")
    if not _is_commit(result["commit"]):
        raise NotKept(f"{driver}: the job ran on inputs that are in no commit ({result['commit']}): commit them first")
    path = place_of(driver)
    write(short(result, baseline.load()), path)
    return path


def write(kept: Mapping[str, Any], path: Path) -> None:
    """Write what is to be kept."""
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(driver: str) -> dict[str, Any] | None:
    """The kept result of a driver; None when none is kept.

    Raises:
        NotKept: it cannot be read.
    """
    try:
        found = json.loads(place_of(driver).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise NotKept(f"the kept result of {driver} cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise NotKept(f"the kept result of {driver} cannot be read: it is no table")
    return found


def short(result: Mapping[str, Any], record: Baseline) -> dict[str, Any]:
    """A result without what nobody reads a second time."""
    kept = {name: result[name] for name in _PLAIN}
    own = result["own_gate"]
    kept["own_gate"] = {**own, "gates": [_gate(gate) for gate in own["gates"]]}
    kept["glance"] = [_suite(one, record) for one in result["glance"]]
    # What was waited for, another run of Glance's tests or a download, says nothing of the job.
    kept["seconds"] = round(own["seconds"] + sum(one["seconds"] for one in result["glance"]), 1)
    return kept | {"checksum": checksum(kept)}


def checksum(kept: Mapping[str, Any]) -> str:
    """The hash of all the rest: it tells when somebody has changed a result by hand."""
    rest = {name: value for name, value in kept.items() if name != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def files_of(kept: Mapping[str, Any]) -> list[str]:
    """The inputs' files."""
    folders = kept["inputs"]["files"].items()
    return [f"{folder}/{name}".lstrip("/") for folder, names in folders for name in names]


def outcomes(suite: Mapping[str, Any], record: Baseline) -> dict[str, str]:
    """How each of Glance's tests ended in a kept suite, by the baseline of the day."""
    return {**_expected(suite, record), **suite["otherwise"]}


def _gate(gate: Mapping[str, Any]) -> dict[str, Any]:
    cases: dict[str, list[str]] = {}
    for case in gate["cases"]:
        cases.setdefault(case["outcome"], []).append(case["case"])
    kept = {name: gate[name] for name in ("class", "driver", "server", "passed", "missing", "capabilities", "seconds")}
    return kept | {"cases": cases}


def _suite(suite: Mapping[str, Any], record: Baseline) -> dict[str, Any]:
    expected = _expected(suite, record)
    found = {one["test"]: one["outcome"] for one in suite["tests"]}
    otherwise = {
        test: found.get(test, MISSING)
        for test in sorted(expected.keys() | found.keys())
        if found.get(test, MISSING) != expected.get(test)
    }
    kept = {name: suite[name] for name in ("suite", "chosen", "passed", "seconds", "totals", "stores_made")}
    return kept | {"otherwise": otherwise}


def _expected(suite: Mapping[str, Any], record: Baseline) -> dict[str, str]:
    chosen = Suite(suite["suite"], "", "" if suite["chosen"] == "all" else suite["chosen"])
    expected = record.suites[suite["suite"]].within(chosen)
    return dict.fromkeys(expected.passed, PASSED) | dict.fromkeys(expected.skipped, SKIPPED)


def _is_commit(name: str) -> bool:
    return len(name) in {40, 64} and set(name) <= set("0123456789abcdef")
