"""What the states mean to those who open a store."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import orlop
import pytest
from orlop.configuration import settings_of
from orlop.errors import InvalidLocation, InvalidSettings
from orlop.lifecycle import admission
from orlop.lifecycle.admission import DriverDeprecated, DriverUnclear
from orlop.lifecycle.record import InvalidRecord, Record
from orlop.stores import Stores, open_settings, open_store

from tests.cli.conftest import Cli, cli, configuration  # noqa: F401 - fixtures
from tests.lifecycle.records import record

CHANGES = {
    "experimental": [("2025-01-01", "experimental", "new")],
    "supported": [("2025-01-01", "supported", "good")],
    "unsupported": [("2025-01-01", "supported", "good"), ("2026-02-03", "unsupported", "its gate is red")],
    "deprecated": [("2025-01-01", "supported", "good"), ("2026-02-03", "deprecated", "nobody maintains it")],
    "removed": [("2025-01-01", "deprecated", "nobody maintains it"), ("2026-02-03", "removed", "still nobody")],
}


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Gives the memory driver a status."""

    def give(status: str) -> None:
        rows = [{"date": day, "status": state, "reason": reason} for day, state, reason in CHANGES[status]]
        found = record(history=rows, replacement="the file driver", migration="Copy with `orlop cp`.")
        monkeypatch.setattr(admission, "record_of", lambda name: found if name == "memory" else None)
        monkeypatch.setattr(admission, "_told", set())

    return give


@pytest.mark.parametrize("status", ["experimental", "supported"])
def test_these_open_without_a_word(status: str, memory: Any) -> None:
    memory(status)
    open_store("memory:").close()  # a warning would be an error here


def test_a_deprecated_driver_warns_once_in_a_process(memory: Any) -> None:
    memory("deprecated")
    with pytest.warns(DriverDeprecated) as told:
        open_store("memory:").close()
    assert len(told) == 1
    assert str(told[0].message) == (
        "the memory driver is deprecated since 2026-02-03: nobody maintains it; use the file driver instead; "
        "Copy with `orlop cp`."
    )
    assert issubclass(DriverDeprecated, DeprecationWarning)
    assert told[0].filename == orlop.stores.__file__
    open_store("memory:").close()


def test_an_unsupported_driver_opens_where_its_store_allows_it(memory: Any) -> None:
    memory("unsupported")
    with pytest.raises(InvalidSettings) as error:
        open_settings("old", settings_of("old", {"driver": "memory"}))
    assert str(error.value) == (
        "old: the memory driver of the store 'old' is unsupported since 2026-02-03: its gate is red; it opens only "
        "where the store's settings say allow_unsupported = true"
    )
    open_settings("old", settings_of("old", {"driver": "memory", "allow_unsupported": True})).close()


@pytest.mark.parametrize("allow", [False, True])
def test_a_removed_driver_does_not_open(memory: Any, allow: bool) -> None:
    memory("removed")
    with pytest.raises(InvalidSettings, match="was removed on 2026-02-03: still nobody; use the file driver instead; "):
        open_settings("old", settings_of("old", {"driver": "memory", "allow_unsupported": allow}))


def test_one_store_that_is_refused_does_not_hurt_the_others(memory: Any, tmp_path: Path) -> None:
    memory("unsupported")
    file = tmp_path / "orlop.toml"
    file.write_text(
        f'default_store = "b"\n[stores.a]\ndriver = "memory"\n[stores.b]\ndriver = "file"\npath = "{tmp_path}/b"\n'
    )
    with Stores.from_file(file) as stores:
        assert stores.default_store.name == "b"
        with pytest.raises(InvalidSettings, match="allow_unsupported"):
            _ = stores["a"]


def test_a_record_that_is_not_valid_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> Record:
        raise InvalidRecord("driver.toml of the memory driver: missing: since")

    monkeypatch.setattr(admission, "record_of", broken)
    monkeypatch.setattr(admission, "_told", set())
    with pytest.warns(DriverUnclear, match="missing: since"):
        open_store("memory:").close()
    open_store("memory:").close()


@pytest.mark.parametrize(("driver", "when"), [("gridfs", "2015-12 (Mitaka)"), ("sheepdog", "2019-11 (Ussuri)")])
def test_what_is_gone_is_not_unknown(driver: str, when: str) -> None:
    with pytest.raises(InvalidSettings) as error:
        settings_of("old", {"driver": driver})
    assert error.value.reason.startswith(f"stores.old.driver: the {driver} driver was removed in {when}, deprecated ")
    assert "use a store of another driver" in error.value.reason
    with pytest.raises(InvalidLocation, match=f"the {driver} driver was removed"):
        open_store(f"{driver}://x")
    with Stores.default() as stores, pytest.raises(InvalidLocation, match=f"the {driver} driver was removed"):
        stores.owner(f"{driver}://x/y")


def test_the_command_line_shows_the_warning(memory: Any, cli: Cli) -> None:  # noqa: F811
    memory("deprecated")
    before = warnings.filters[:]
    outcome = cli("check", "small")
    assert "warning: the memory driver is deprecated since 2026-02-03" in outcome.err
    assert warnings.filters == before
    memory("deprecated")
    assert "deprecated" not in cli("check", "small", "--quiet").err


def test_importing_orlop_reads_no_data() -> None:
    program = "import sys, orlop; print(*[name for name in sys.modules if 'lifecycle' in name or name == 'tomllib'])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
