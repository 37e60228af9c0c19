"""Which jobs are run, and in which order; and what stands at the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ci import __main__ as command
from ci import checking, inputs, jobs, kept, plan, tree
from ci.drivers import DRIVERS, JobDriver
from ci.inputs import Inputs
from servers.missing import Missing

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TODAY = Inputs(("a.py", "b/c.py"), "same")
A, B, C = (JobDriver(name, made=name) for name in "abc")
KEPT = {
    "date": "2026-11-20T00:00:00+00:00",
    "commit": "0123456789abcdef",
    "seconds": 100.0,
    "inputs": {"digest": "same", "files": {"": ["a.py"], "b": ["c.py"]}},
}


class Repository:
    """What is kept of each driver, and what git would say."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.results: dict[str, Any] = {"a": KEPT}
        self.wrong: list[str] = []
        self.old = {"a.py": "1", "b/c.py": "1"}
        self.now = dict(self.old)
        self.digest = "same"
        patch.setattr(kept, "load", self.load)
        patch.setattr(checking, "wrong", lambda *_: self.wrong)
        patch.setattr(inputs, "inputs_of", lambda _: Inputs(tuple(self.now), self.digest))
        patch.setattr(tree, "files_at", lambda _: self.old)
        patch.setattr(tree, "files_now", lambda names: {name: self.now[name] for name in names})

    def load(self, driver: str) -> Any:
        if isinstance(found := self.results.get(driver), Exception):
            raise found
        return found

    def why(self, *, runs: bool, now: datetime = NOW) -> str:
        (one,) = plan.plan([A], now)
        assert one.runs is runs
        return one.why


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Repository:
    return Repository(monkeypatch)


def test_what_has_not_changed_is_not_run(repository: Repository) -> None:
    assert repository.why(runs=False) == "unchanged since 0123456789ab, green on 2026-11-20"


def test_asked_for_it_is_run_all_the_same(repository: Repository) -> None:
    assert [(one.runs, one.why) for one in plan.plan([A], NOW, every=True)] == [(True, "asked for")]


def test_a_change_is_named(repository: Repository) -> None:
    repository.digest = "other"
    assert repository.why(runs=True) == "the inputs have changed"
    repository.now["b/c.py"] = "2"
    assert repository.why(runs=True) == "changed: b/c.py"
    repository.now["new.py"] = "1"
    del repository.now["a.py"]
    assert repository.why(runs=True) == "changed: a.py and 2 more"


def test_an_old_result_proves_nothing(repository: Repository) -> None:
    assert plan.days() == 14
    fresh = datetime.fromisoformat(KEPT["date"]) + timedelta(days=14)  # type: ignore[arg-type]
    repository.why(runs=False, now=fresh)
    assert repository.why(runs=True, now=fresh + timedelta(days=1)) == (
        "the kept result is 15 days old; after 14 it proves nothing"
    )


def test_what_is_missing_or_wrong_is_run(repository: Repository) -> None:
    repository.wrong = ["it was changed after it was kept", "and more"]
    assert repository.why(runs=True) == "the kept result is not right: it was changed after it was kept"
    repository.results["a"] = kept.NotKept("the kept result of a cannot be read: x")
    assert repository.why(runs=True) == "the kept result of a cannot be read: x"
    del repository.results["a"]
    assert repository.why(runs=True) == "no result is kept"


def test_a_shallow_clone_compares_the_inputs(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    def shallow(*_: Any) -> Any:
        raise tree.NoHistory("shallow")

    monkeypatch.setattr(checking, "wrong", shallow)
    monkeypatch.setattr(tree, "files_at", shallow)
    assert repository.why(runs=False).endswith("green on 2026-11-20; not compared with that commit: shallow")
    repository.digest = "other"
    assert repository.why(runs=True) == "the inputs have changed"
    monkeypatch.setattr(inputs, "inputs_of", shallow)
    assert repository.why(runs=True) == "git cannot tell what has changed: shallow"


def test_fast_ones_first_and_what_nobody_has_timed_last(repository: Repository) -> None:
    repository.results = {"a": KEPT, "b": KEPT | {"seconds": 5.0}}
    assert [one.name for one in plan.plan([C, A, B], NOW)] == ["b", "a", "c"]


def test_the_table() -> None:
    planned = [plan.Planned(A, False, "unchanged since x", 1.0), plan.Planned(B, True, "changed: y", 2.0)]
    seen: list[str] = []

    def one(job: plan.Planned) -> bool:
        seen.append(job.name)
        return False

    done = jobs.run(planned, one)
    assert seen == ["b"]
    assert [one.green for one in done] == [True, False]
    assert list(jobs.table(done)) == [
        "gate a  unchanged   0 s  unchanged since x",
        "gate b  NOT PASSED  0 s  changed: y",
        "all jobs: 0 s",
    ]


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[plan.Planned]:
    found = [plan.Planned(DRIVERS["memory"], True, "why", 1.0), plan.Planned(DRIVERS["http"], True, "why", 2.0)]
    monkeypatch.setattr(plan, "plan", lambda *_, every: found)
    return found


def test_what_one_job_lacks_does_not_stop_the_others(
    planned: list[plan.Planned], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[str] = []

    def gate(options: Any) -> int:
        ran.append(options.driver)
        if options.driver == "memory":
            raise Missing("there is no network")
        return 0

    monkeypatch.setattr(command, "_gate", gate)
    assert command.main(["jobs", "--output", str(tmp_path)]) == command.RED
    assert ran == ["memory", "http"]
    said = capsys.readouterr()
    assert said.err == "python -m ci: memory: there is no network\n"
    assert [line.split()[:3] for line in said.out.splitlines()[-3:-1]] == [
        ["gate", "memory", "NOT"],
        ["gate", "http", "passed"],
    ]


def test_only_the_plan(planned: list[plan.Planned], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["jobs", "--plan"]) == command.GREEN
    assert capsys.readouterr().out == "memory: run: why\nhttp: run: why\n"


def test_checking_says_what_is_wrong(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.results = {"file": KEPT, "http": kept.NotKept("it cannot be read")}
    assert command.main(["check-results"]) == command.RED
    said = capsys.readouterr().out.splitlines()
    assert {
        "file: as commit 0123456789abcdef has it",
        "http: it cannot be read",
        "memory: no result is kept",
    } <= set(said)
    repository.results = {"file": KEPT}
    assert command.main(["check-results"]) == command.GREEN
    repository.wrong = ["there is no commit 0123"]
    assert command.main(["check-results"]) == command.RED
    assert "file: there is no commit 0123" in capsys.readouterr().out.splitlines()


def test_nothing_is_kept_that_was_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["keep", "file", "--output", str(tmp_path)]) == command.CANNOT
    assert "run its job first (make gate DRIVER=file)" in capsys.readouterr().err
