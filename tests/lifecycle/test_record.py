from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pytest
from orlop.capabilities import Capability, names
from orlop.lifecycle.carried import carried, record_of
from orlop.lifecycle.record import InvalidRecord, record_from, record_in
from orlop.registry import driver_type

from tests.lifecycle.records import JOB, MAINTAINER, record, table

OURS = sorted(point.name for point in entry_points(group="orlop.drivers") if point.dist and point.dist.name == "orlop")


@pytest.mark.parametrize("name", OURS)
def test_each_of_our_drivers_says_of_itself_what_its_code_says(name: str) -> None:
    found = record_of(name)
    assert found is not None
    assert found.maintainers
    claims = found.capabilities
    assert not set(claims.required) & set(claims.optional)
    assert sorted(claims.required + claims.optional) == sorted(names(driver_type(name).capabilities))


def test_a_candidacy_says_all_that_is_missing() -> None:
    lacking = table(maintainers=[{"name": "Ada", "email": ""}], jobs=[{**JOB, "command": ""}])
    del lacking["since"], lacking["summary"]
    with pytest.raises(InvalidRecord) as error:
        record_from(lacking, "s3/driver.toml")
    assert str(error.value) == (
        "s3/driver.toml: missing: summary, since, maintainers.0.email, maintainers.0.nick, jobs.0.command"
    )


@pytest.mark.parametrize("field", [name for name in table() if name != "schema"])
def test_no_field_may_be_left_out(field: str) -> None:
    lacking = table()
    del lacking[field]
    with pytest.raises(InvalidRecord, match=f"missing: {field}$"):
        record_from(lacking)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"schema": 2}, "schema: "),
        ({"colour": "red"}, "colour: Extra inputs"),
        ({"maintainers": [MAINTAINER | {"email": "ada"}]}, "maintainers.0.email: "),
        ({"capabilities": {"required": ["FLY"]}}, "'FLY' is no capability"),
        ({"capabilities": {"required": ["NONE"]}}, "'NONE' is no capability"),
        ({"history": []}, "history: "),
    ],
)
def test_what_is_wrong_is_named(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidRecord, match=told):
        record_from(table(**changed))


def changes(*rows: tuple[str, str]) -> list[dict[str, str]]:
    return [{"date": date, "status": status, "reason": "because"} for date, status in rows]


@pytest.mark.parametrize(
    ("history", "told"),
    [
        (changes(("2016-01-02", "supported"), ("2016-01-01", "deprecated")), "the oldest comes first"),
        (changes(("2016-01-01", "supported"), ("2016-01-02", "supported")), "changes nothing"),
        (changes(("2016-01-01", "supported"), ("2016-01-02", "removed")), "though it was not deprecated but supported"),
        (changes(("2016-01-01", "supported"), ("2016-01-02", "deprecated")), "migration is missing"),
    ],
)
def test_a_history_makes_sense(history: list[dict[str, str]], told: str) -> None:
    with pytest.raises(InvalidRecord, match=told):
        record_from(table(history=history))


def test_the_clock_of_a_deprecation_begins_anew_after_a_reprieve() -> None:
    rows = [
        ("2016-01-01", "deprecated"),
        ("2016-02-01", "supported"),
        ("2016-03-01", "deprecated"),
        ("2016-09-01", "removed"),
    ]
    found = record(history=changes(*rows), migration="Move away.")
    since = {one.date.isoformat(): found.deprecated_since(one.date) for one in found.history}
    assert [str(one) for one in since.values()] == ["2016-01-01", "None", "2016-03-01", "2016-03-01"]
    assert found.at(found.history[0].date.replace(year=2015)) is None
    assert found.latest.status == "removed"


def test_no_toml_is_no_record() -> None:
    with pytest.raises(InvalidRecord, match=r"^driver.toml: .*line 1"):
        record_in("schema: 1")


VALID = Path("packages/orlop/src/orlop/drivers/file/driver.toml")


@pytest.mark.parametrize(
    ("module", "place"),
    [
        ("lc_flat", "lc_flat/driver.toml"),
        ("lc_flat.driver", "lc_flat/driver.toml"),
        ("lc_deep.inner.driver", "lc_deep/inner/driver.toml"),
        ("lc_deep.inner", "lc_deep/inner/driver.toml"),
    ],
)
def test_a_package_is_asked_without_being_imported(
    module: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / place
    file.parent.mkdir(parents=True)
    for folder in [one for one in file.parents if one.is_relative_to(tmp_path) and one != tmp_path]:
        (folder / "__init__.py").write_text("raise ImportError('the SDK is not installed')")
    file.write_text((Path(__file__).parents[2] / VALID).read_text())
    monkeypatch.syspath_prepend(tmp_path)
    found = carried(EntryPoint("x", f"{module}:Driver", "orlop.drivers"))
    assert found is not None
    assert found.title == "File system"
    assert not [name for name in sys.modules if name.startswith(module.partition(".")[0])]
    file.write_text("title = 1")
    with pytest.raises(InvalidRecord, match=r"^driver.toml of the x driver: missing: schema, "):
        carried(EntryPoint("x", f"{module}:Driver", "orlop.drivers"))


def test_a_record_that_cannot_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lc_locked").mkdir()
    (tmp_path / "lc_locked/__init__.py").touch()
    (tmp_path / "lc_locked/driver.toml").touch()
    monkeypatch.syspath_prepend(tmp_path)

    def locked(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_file", locked)
    with pytest.raises(InvalidRecord, match=r"driver.toml of the x driver: .*Permission denied"):
        carried(EntryPoint("x", "lc_locked.driver:Driver", "orlop.drivers"))


@pytest.mark.parametrize("module", ["lc_single", "lc_none.driver", "lc_gone.driver"])
def test_a_driver_without_a_record_has_none(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lc_single.py").touch()
    (tmp_path / "driver.toml").write_text("not even looked at")
    (tmp_path / "lc_none").mkdir()
    (tmp_path / "lc_none/__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert carried(EntryPoint("x", f"{module}:Driver", "orlop.drivers")) is None
    assert record_of("nobody") is None


def test_every_capability_has_a_name_that_a_record_may_use() -> None:
    assert record(capabilities={"required": names(~Capability.NONE)}).capabilities.required


def test_a_team_may_be_reached_by_its_issue_tracker_instead_of_mail_and_chat() -> None:
    team = record_from(table(maintainers=[{"name": "Tapes", "contact": "the issues of tapes"}])).maintainers[0]
    assert (team.email, team.nick, team.reached) == (None, None, "the issues of tapes")
    assert record_from(table()).maintainers[0].reached == "ada@example.org, ada in the chat"


@pytest.mark.parametrize("name", OURS)
def test_our_drivers_name_no_address_that_nobody_reads(name: str) -> None:
    record = record_of(name)
    assert record is not None
    for one in record.maintainers:
        assert not (one.email or "").endswith((".example", ".invalid", ".test", "example.com", "example.org"))
        assert one.reached
