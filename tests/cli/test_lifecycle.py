from __future__ import annotations

import datetime as dt
import json
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from orlop.lifecycle import carried
from orlop.lifecycle.evidence import Result, UnreadableResult
from orlop.lifecycle.record import InvalidRecord
from orlop.registry import driver_names

from tests.cli.conftest import Cli


def gate(driver: str, *, passed: bool = True, day: str = "2026-11-20") -> dict[str, Any]:
    """A report as `orlop gate --json-report` writes it."""
    capabilities = ["READ_ACCESS", "WRITE_ACCESS", "DRIVER_REUSABLE"]
    return {
        "schema": 1,
        "date": f"{day}T12:00:00+00:00",
        "gates": [
            {
                "driver": driver,
                "server": "ext4",
                "passed": passed,
                "missing": [],
                "capabilities": {"claimed": capabilities, "lost": [], "proved": capabilities if passed else []},
            }
        ],
    }


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "memory.json").write_text(json.dumps(gate("memory")))
    (folder / "wrapped.json").write_text(
        json.dumps({"store": "x", "passed": False, "report": gate("file", passed=False)})
    )
    (folder / "strange.json").write_text("[1]")
    (folder / "broken.json").write_text("{")
    return folder


@pytest.fixture(autouse=True)
def carried_by_the_drivers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the installed drivers carry here: nothing, but what a test puts in; an exception is raised."""
    found: dict[str, Any] = {}

    def results(point: EntryPoint) -> tuple[Result, ...]:
        if isinstance(one := found.get(point.name), Exception):
            raise one
        return (one,) if one else ()

    monkeypatch.setattr("orlop.cli.gate_results.carried_results", results)
    return found


def drivers(cli: Cli, *arguments: str | Path) -> dict[str, Any]:
    return {one["name"]: one for one in cli("drivers", "--json", *arguments).document["drivers"]}


def test_drivers_with_their_keepers_and_what_was_proved(cli: Cli, results: Path) -> None:
    found = drivers(cli, "--results", results)
    memory = found["memory"]
    assert (memory["status"], memory["maintainers"][0]["name"]) == ("supported", "the orlop team")
    assert (memory["last_green"], memory["servers"]) == ("2026-11-20", ["ext4"])
    assert memory["proved"] == ["DRIVER_REUSABLE", "READ_ACCESS", "WRITE_ACCESS"]
    assert (found["file"]["last_green"], found["file"]["proved"]) == (None, [])
    assert (found["http"]["last_green"], found["http"]["proved"]) == (None, None)
    assert "2026-11-20" in cli("drivers", "--results", results).text
    assert "LIST (not proved)" in cli("drivers", "--long", "--results", results).text
    assert "not proved" not in cli("drivers", "--long").text


def test_without_an_option_what_the_drivers_carry_counts(cli: Cli, carried_by_the_drivers: dict[str, Any]) -> None:
    three = frozenset({"READ_ACCESS", "WRITE_ACCESS", "DRIVER_REUSABLE"})
    green = Result("memory", dt.date(2026, 11, 20), passed=True, complete=True, proved=three, servers=("RAM",))
    carried_by_the_drivers |= {"memory": green, "http": UnreadableResult("gate.json of the http driver: odd")}
    found = drivers(cli)
    assert (found["memory"]["last_green"], found["memory"]["servers"]) == ("2026-11-20", ["RAM"])
    assert (found["file"]["last_green"], found["file"]["result_error"]) == (None, None)
    assert found["http"]["result_error"] == "gate.json of the http driver: odd"
    lines = {line.split()[0]: line for line in cli("drivers").text.splitlines()}
    assert "no result" in lines["file"]
    assert "unreadable" in lines["http"]
    outcome = cli("lifecycle", "--at", "2026-11-22")
    assert "gate.json of the http driver: odd" in outcome.err
    others = ", ".join(name for name in driver_names() if name != "memory")
    assert f"no result of a gate is known of {others}:" in outcome.err
    fresh = cli("lifecycle", "--explain", "memory", "--at", "2026-12-30", "--json").document["findings"][3]
    assert (fresh["met"], fresh["found"]) == (False, "last green on 2026-11-20")


def test_what_a_driver_carries_says_nothing_of_the_days_before(
    cli: Cli, carried_by_the_drivers: dict[str, Any]
) -> None:
    carried_by_the_drivers["memory"] = Result("memory", dt.date(2026, 11, 20), passed=True, complete=True)
    found = cli("lifecycle", "--explain", "memory", "--at", "2026-11-19", "--json").document["findings"]
    assert [one["met"] for one in found[1:]] == [None, True, None]


def test_a_driver_whose_record_is_wrong_is_still_listed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> None:
        raise InvalidRecord("driver.toml of the x driver: missing: since")

    monkeypatch.setattr("orlop.cli.drivers.carried", wrong)
    monkeypatch.setattr(carried, "record_of", wrong)
    assert drivers(cli)["memory"]["record_error"] == "driver.toml of the x driver: missing: since"
    assert "missing: since" in cli("lifecycle").text
    outcome = cli("lifecycle", "--explain", "memory")
    assert (outcome.code, outcome.err) == (1, "orlop: memory: driver.toml of the x driver: missing: since\n")


def test_what_the_rules_say_on_a_day(cli: Cli, results: Path) -> None:
    def judged(day: str) -> dict[str, tuple[str | None, str | None, str | None]]:
        document = cli("lifecycle", "--at", day, "--results", results, "--json").document
        assert (document["date"], document["rules"], document["without_record"]) == (day, "orlop", [])
        assert "gridfs" in [one["driver"] for one in document["removed"]]
        return {one["driver"]: (one["status"], one["should"], one["rule"]) for one in document["drivers"]}

    assert judged("2026-11-22")["memory"] == ("supported", "supported", None)
    assert judged("2026-11-22")["file"] == ("supported", "deprecated", "main-capabilities")
    assert judged("2026-12-30")["memory"] == ("supported", "unsupported", "fresh-gate")
    assert judged("2016-01-19")["memory"] == (None, None, None)


def test_without_results_gates_are_not_judged_and_the_user_is_told(cli: Cli) -> None:
    outcome = cli("lifecycle", "--at", "2026-11-22")
    names = ", ".join(driver_names())
    assert f"no result of a gate is known of {names}: rules about gates are not judged there" in outcome.err
    document = cli("lifecycle", "--at", "2026-11-22", "--json").document
    assert [one["driver"] for one in document["drivers"]] == driver_names()
    assert [one["should"] for one in document["drivers"]] == [one["status"] for one in document["drivers"]]


def test_enforced(cli: Cli, results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = cli("lifecycle", "--check", "--at", "2026-11-22", "--results", results)
    assert outcome.code == 1
    (http, file) = sorted(outcome.err.splitlines(), key=lambda line: "file" in line)
    assert file.startswith(
        "orlop: file: it is supported since 2026-11-22, and should be deprecated: its gate does not prove READ_ACCESS"
    )
    assert "(rule main-capabilities); run its gate until it proves that, and keep the result, or add to the end" in file
    assert '[[history]] date = 2026-11-22, status = "deprecated", reason = "its gate does not' in file
    assert "http: it is supported" in http
    assert cli("lifecycle", "--check", "--quiet", "--at", "2026-11-22", "--results", results).err == outcome.err
    document = cli("lifecycle", "--check", "--at", "2026-11-22", "--results", results, "--json").document
    assert {(one["driver"], one["rule"], one["entry"]["status"]) for one in document["violations"]} == {
        ("file", "main-capabilities", "deprecated"),
        ("http", "voting-gate", "deprecated"),
    }
    assert cli("lifecycle", "--at", "2026-11-22", "--results", results).code == 0
    assert cli("lifecycle", "--check", "--at", "2026-11-22").code == 0
    monkeypatch.setattr(carried, "record_of", lambda _: None)
    outcome = cli("lifecycle", "--check")
    assert (outcome.code, "memory: it carries no driver.toml (rule record); write one" in outcome.err) == (1, True)


def test_one_driver_explained(cli: Cli, results: Path) -> None:
    text = cli("lifecycle", "--explain", "file", "--at", "2026-11-22", "--results", results).text
    assert "NOT MET, in force since indri-1: its gate does not prove READ_ACCESS" in text
    assert "2028" not in text
    assert "deprecated, by the rule main-capabilities" in text
    document = cli("lifecycle", "--explain", "file", "--at", "2026-11-22", "--json").document
    assert [one["met"] for one in document["findings"]] == [True, None, None, None]


def test_what_is_gone_explained(cli: Cli) -> None:
    text = cli("lifecycle", "--explain", "sheepdog").text
    assert "2019-11" in text
    assert "not maintained any more" in text
    assert "release note deprecate-sheepdog-driver" in text
    assert cli("lifecycle", "--explain", "swift-auth-v2", "--json").document["status"] == "removed"


def test_rules_of_ones_own(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    rule = '[[rules]]\nname = "kept"\nkind = "maintainer"\nby = "{by}"\nwhy = "So."\n'
    head = 'name = "ours"\ntitle = "Ours"\n[deprecation]\nreleases = 1\nmonths = 0\nwhy = "So."\n'
    file.write_text(head + rule.format(by="indri-2"))
    found = cli("lifecycle", "--rules", file, "--at", "2026-12-01", "--json").document
    assert found["rules"] == "ours"
    assert found["drivers"][0]["findings"] == [
        {"rule": "kept", "met": True, "due": False, "found": "kept by the orlop team", "text": "So."}
    ]
    for text, told in (
        (head + rule.format(by="never-1"), "the calendar has no milestone 'never-1'"),
        (head + rule.format(by="indri-2") + "days = 3\n", "days belongs to rules of another kind"),
        ("name = 3", "name: "),
        ("=", "rules.toml: "),
    ):
        file.write_text(text)
        outcome = cli("lifecycle", "--rules", file)
        assert (outcome.code, told in outcome.err) == (2, True), outcome.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--at", "tomorrow"], 2, "'tomorrow' is no date"),
        (["--explain", "nobody"], 2, "there is no driver 'nobody'"),
        (["--rules", "nobody"], 2, "there are no rules 'nobody': name one of orlop, glance-2016, or a file"),
        (["--results", "results/strange.json"], 1, "strange.json: this is no result of a gate"),
        (["--results", "results/broken.json"], 1, "broken.json: "),
        (["--results", "results/gone.json"], 1, "gone.json: No such file"),
        (["--results", "results/new.json"], 1, "new.json: its schema is 2, and 1 is the one known here"),
        (["--results", "results/odd.json"], 1, "odd.json: it is not as a gate writes it: KeyError 'driver'"),
    ],
)
def test_what_cannot_be_read_is_said(cli: Cli, results: Path, arguments: list[str], code: int, told: str) -> None:
    (results / "new.json").write_text('{"schema": 2, "gates": []}')
    (results / "odd.json").write_text('{"schema": 1, "gates": [{}]}')
    outcome = cli("lifecycle", *arguments)
    assert (outcome.code, told in outcome.err) == (code, True), outcome.err
