"""Results that are kept: short, complete, and checked against the commit that they name."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from orlop.lifecycle.evidence import results_in

from ci import baseline, checking, kept, tree
from ci.drivers import DRIVERS
from ci.outcome import PASSED, SKIPPED, Outcome
from tests.ci.repository import commit, git

NOW = datetime.now(UTC).replace(microsecond=0)
TESTS = [Outcome("g.C.test_one", PASSED), Outcome("g.C.test_two", PASSED), Outcome("g.C.test_three", SKIPPED, 0, "no")]
RECORD = baseline.text({"driver": "file"}, {"functional": (TESTS, 1.0)})
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    commit(root, a="one", b__c="two", **{"ci/baseline.json": RECORD})
    return root


@pytest.fixture
def result(repository: Path) -> dict[str, Any]:
    """What a job writes, on that repository."""
    files = ["a.py", "b/c.py"]
    head = git(repository, "rev-parse", "HEAD")
    capabilities = {"claimed": ["LIST"], "lost": [], "proved": ["LIST"]}
    case = {"group": "g", "seconds": 1.0, "message": "", "notes": [], "deviation": None}
    cases = [case | {"case": "test_put", "outcome": "passed"}, case | {"case": "test_acl", "outcome": "refused"}]
    gate = {"class": "T", "driver": "file", "server": "ext4", "passed": True, "missing": [], "seconds": 2.0}
    found = [{"test": "g.C.test_one", "outcome": "passed"}, {"test": "g.C.test_two", "outcome": "failed"}]
    return {
        "schema": 1,
        "driver": "file",
        "passed": True,
        "whole": True,
        "library": "ours",
        "date": (NOW - timedelta(seconds=1)).isoformat(),
        "commit": head,
        "seconds": 20.0,
        "versions": {"orlop": "1", "servers": ["ext4"]},
        "inputs": {
            "digest": tree.digest(files, tree.files_at(head, repository)),
            "files": {"": ["a.py"], "b": ["c.py"]},
        },
        "own_gate": {
            "passed": True,
            "seconds": 2.0,
            "problems": [],
            "gates": [gate | {"capabilities": capabilities, "cases": cases, "witness": {}}],
        },
        "glance": [
            {
                "suite": "functional",
                "chosen": "all",
                "passed": True,
                "seconds": 9.0,
                "totals": {"passed": 1, "failed": 1, "skipped": 0},
                "stores_made": {"file": 3},
                "differences": [],
                "exceptions": [{"test": "g.C.test_two", "kind": "failed", "reason": "right so", "trace": "/tmp/x"}],
                "tests": found,
            }
        ],
        "baseline": {},
        "packages": {"glance": "33"},
    }


def short(result: dict[str, Any]) -> dict[str, Any]:
    return kept.short(result, baseline.read(RECORD))


def after() -> datetime:
    """A moment after the commit."""
    return datetime.now(UTC) + timedelta(seconds=2)


@pytest.fixture
def good(result: dict[str, Any]) -> dict[str, Any]:
    result["date"] = (datetime.now(UTC) + timedelta(seconds=1)).isoformat(timespec="seconds")
    return short(result)


def test_it_is_short_and_says_all(result: dict[str, Any]) -> None:
    found = short(result)
    assert found["own_gate"]["gates"] == [
        {
            "class": "T",
            "driver": "file",
            "server": "ext4",
            "passed": True,
            "missing": [],
            "seconds": 2.0,
            "capabilities": {"claimed": ["LIST"], "lost": [], "proved": ["LIST"]},
            "cases": {"passed": ["test_put"], "refused": ["test_acl"]},
        }
    ]
    (suite,) = found["glance"]
    assert suite["otherwise"] == {"g.C.test_two": "failed", "g.C.test_three": "missing"}
    assert kept.outcomes(suite, baseline.read(RECORD)) == {
        "g.C.test_one": "passed",
        "g.C.test_two": "failed",
        "g.C.test_three": "missing",
    }
    assert "/tmp" not in json.dumps(found)
    assert kept.files_of(found) == ["a.py", "b/c.py"]


def test_the_rules_read_it_as_they_read_a_jobs_result(result: dict[str, Any]) -> None:
    assert results_in(short(result)) == results_in(result)
    (one,) = results_in(short(result)) or ()
    assert one.green
    assert (sorted(one.proved), one.servers) == (["LIST"], ("ext4",))
    assert sorted(one.suites) == ["glance-functional", "orlop-gate"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"passed": False}, "only the green result of a whole job"),
        ({"whole": False}, "only the green result of a whole job"),
        ({"inputs": None}, "its inputs are not known"),
        ({"commit": "unknown"}, "in no commit"),
        ({"commit": "a" * 40 + "+"}, "commit them first"),
    ],
)
def test_what_is_not_kept(result: dict[str, Any], changed: dict[str, Any], told: str) -> None:
    with pytest.raises(kept.NotKept, match=f"^file: .*{told}"):
        kept.keep(result | changed)


def test_kept_and_read_again(result: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "DRIVERS", tmp_path)
    (tmp_path / "memory").mkdir()
    assert kept.load("memory") is None
    path = kept.keep(result | {"driver": "memory", "glance": []})
    found = kept.load("memory")
    assert found is not None
    assert (path, found["seconds"]) == (kept.place_of("memory"), 2.0)
    for broken in ("{", "[]"):
        path.write_text(broken)
        with pytest.raises(kept.NotKept, match="cannot be read"):
            kept.load("memory")


def test_it_is_what_its_commit_has(good: dict[str, Any], repository: Path) -> None:
    assert checking.wrong(good, after(), repository) == []
    commit(repository, a="changed later")
    assert checking.wrong(good, after(), repository) == []


def sealed(change: Change) -> Change:
    """The same change, made by somebody who knows about the checksum."""

    def both(result: dict[str, Any]) -> None:
        change(result)
        result["checksum"] = kept.checksum(result)

    return both


def set_to(**changed: Any) -> Change:
    return lambda result: result.update(changed)


def totals(result: dict[str, Any]) -> None:
    result["glance"][0]["totals"]["passed"] = 2


def gates(**changed: Any) -> Change:
    return lambda result: result["own_gate"]["gates"][0].update(changed)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (set_to(seconds=1.0), "it was changed after it was kept"),
        (sealed(set_to(inputs={"digest": "0", "files": {"": ["a.py"]}})), "its inputs are not those of commit"),
        (sealed(set_to(commit="0" * 40)), "there is no commit 0000"),
        (sealed(set_to(commit="--all")), "there is no commit --all"),
        (sealed(set_to(passed=False)), "it is not the green result"),
        (sealed(gates(cases={"passed": [], "failed": ["test_put"]})), "T did not pass"),
        (sealed(gates(missing=["test_put"])), "T did not pass"),
        (sealed(set_to(date="2000-01-01T00:00:00+00:00")), "it is older than its commit"),
        (sealed(set_to(date="2999-01-01T00:00:00+00:00")), "its date is to come"),
        (sealed(totals), "the totals of Glance's functional tests are not those of the baseline"),
        (set_to(inputs=None), "it was changed"),
        (sealed(set_to(inputs=None)), "it is not as a job writes it: TypeError"),
        (sealed(set_to(glance=[{}])), "it is not as a job writes it: KeyError"),
    ],
)
def test_tampering_is_told(good: dict[str, Any], repository: Path, change: Change, told: str) -> None:
    change(good)
    found = checking.wrong(good, after(), repository)
    assert len(found) == 1, found
    assert found[0].startswith(told)


def test_a_shallow_clone_tells_what_can_be_told(good: dict[str, Any], repository: Path, tmp_path: Path) -> None:
    commit(repository, a="later")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "part")
    with pytest.raises(tree.NoHistory, match="shallow"):
        checking.wrong(good, after(), tmp_path / "part")
    good["seconds"] = 1
    assert checking.wrong(good, after(), tmp_path / "part") == [
        "it was changed after it was kept: its checksum is another"
    ]


@pytest.mark.parametrize("driver", DRIVERS)
def test_what_this_repository_keeps_is_right(driver: str) -> None:
    found = kept.load(driver)
    if found is None:
        return  # then the job is run
    assert found["driver"] == driver
    try:
        told = checking.wrong(found, datetime.now(UTC))
    except tree.NoHistory:
        return  # a clone without that commit: what can be told of it was told before
    # A history that was written anew has not the commit any more: then the job is run, and nothing is wrong with it.
    assert [one for one in told if not one.startswith("there is no commit")] == []
