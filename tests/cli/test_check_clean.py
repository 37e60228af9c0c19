from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from orlop.capabilities import Capability
from orlop.drivers.memory.driver import MemoryDriver
from orlop.errors import PermissionDenied, Unsupported
from orlop.records import Finding, Leftover, Severity
from orlop.store import Store

from tests.cli.conftest import Cli


def test_good_stores(cli: Cli) -> None:
    outcome = cli("check", "--json")
    assert outcome.code == 0
    stores = outcome.document["stores"]
    assert [store["name"] for store in stores] == ["fast", "deep", "bare", "small"]
    keys = ["capabilities", "driver", "findings", "lost", "name", "ok", "space"]
    assert all(sorted(store) == keys for store in stores)
    assert stores[3]["space"] == {"total": 10, "used": 0, "free": 10}
    assert cli("check", "fast", "--json").document["stores"][0]["ok"]
    text = cli("check", "small").text
    assert "[....................] 0% full: 0 B used, 10 B free of 10 B" in text


def test_a_broken_store_is_a_finding(cli: Cli, configuration: Path) -> None:
    configuration.write_text(configuration.read_text() + '\n[stores.bad]\ndriver = "fil"\n')
    outcome = cli("check", "--json")
    assert outcome.code == 1
    assert [store["ok"] for store in outcome.document["stores"]] == [True, True, True, True, False]
    assert "there is no driver 'fil'" in cli("check", "bad").text


def test_lost_capabilities_are_shown(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    finding = Finding(Severity.WARNING, "nothing can be written: [mount] it", Capability.WRITE_ACCESS)
    monkeypatch.setattr(MemoryDriver, "check", lambda self: [finding])
    outcome = cli("check", "small")
    assert outcome.code == 0
    assert "warning nothing can be written: [mount] it" in outcome.text
    assert "lost    WRITE_ACCESS" in outcome.text


def test_a_store_that_does_not_know_its_room_is_well(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Swift without a quota, and a file system without statfs."""

    def fail(self: MemoryDriver) -> object:
        raise Unsupported("nothing says how much room there is")

    finding = Finding(Severity.OK, "nothing says how much room there is", Capability.SPACE)
    monkeypatch.setattr(MemoryDriver, "check", lambda self: [finding])
    monkeypatch.setattr(MemoryDriver, "space", fail)
    outcome = cli("check", "small", "--json")
    assert outcome.code == 0
    (store,) = outcome.document["stores"]
    assert (store["ok"], store["space"], store["lost"]) == (True, None, ["SPACE"])
    assert cli("check", "small", "--quiet").out == b""


def test_quiet_shows_only_what_is_wrong(cli: Cli, configuration: Path) -> None:
    assert cli("check", "small", "--quiet").out == b""
    configuration.write_text(configuration.read_text() + '\n[stores.bad]\ndriver = "fil"\n')
    outcome = cli("check", "small", "bad", "--quiet")
    assert outcome.code == 1
    assert outcome.text.startswith("bad (settings are wrong)")


def test_an_unreachable_store_is_a_finding(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: MemoryDriver) -> object:
        raise RuntimeError("a fault of the driver")

    monkeypatch.setattr(MemoryDriver, "check", fail)
    outcome = cli("check", "--json")
    assert outcome.code == 1
    assert "a fault of the driver" in outcome.document["stores"][3]["findings"][0]["message"]


def test_an_unknown_store_is_misuse(cli: Cli) -> None:
    assert cli("check", "nowhere").code == 2


@pytest.fixture
def leftover(configuration: Path, tmp_path: Path) -> None:
    """What an upload leaves that is killed in the middle."""
    command = [sys.executable, "-m", "orlop.cli", "put", "-", "--id", "dead"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(b"x" * 4 * 1024**2)
        process.stdin.flush()
        until = time.monotonic() + 10
        while not any(file.is_file() and file.stat().st_size for file in (tmp_path / "fast").rglob("*")):
            assert time.monotonic() < until
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)


@pytest.mark.usefixtures("leftover")
def test_leftovers_are_shown_and_removed(cli: Cli) -> None:
    shown = cli("clean", "--dry-run", "--json").document
    assert sorted(shown) == ["bytes", "dry_run", "errors", "leftovers"]
    assert [(left["store"], left["removed"]) for left in shown["leftovers"]] == [("fast", False)]
    assert sorted(shown["leftovers"][0]) == ["error", "id", "modified", "place", "removed", "size", "store"]
    assert "could be freed" in cli("clean", "-n").err
    removed = cli("clean", "fast", "--json").document
    assert [left["removed"] for left in removed["leftovers"]] == [True]
    outcome = cli("clean")
    assert (outcome.code, outcome.text, outcome.err) == (0, "", "orlop: nothing is left of dead uploads\n")


@pytest.mark.usefixtures("leftover")
def test_a_leftover_that_cannot_be_removed_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(store: Store, leftover: Leftover) -> None:
        raise PermissionDenied("it is read-only", store=store.name, operation="clean", location=leftover.place)

    monkeypatch.setattr(Store, "clean", fail)
    outcome = cli("clean", "--json")
    assert outcome.code == 6
    assert outcome.document["leftovers"][0]["removed"] is False
    assert outcome.document["leftovers"][0]["error"]["kind"] == "PermissionDenied"
    assert outcome.document["bytes"] == 0


def test_a_store_that_cannot_be_asked_for_leftovers_does_not_hide_the_others(cli: Cli, configuration: Path) -> None:
    configuration.write_text(configuration.read_text() + '\n[stores.bad]\ndriver = "fil"\n')
    outcome = cli("clean", "--json")
    assert outcome.code == 10
    assert outcome.document["errors"][0]["kind"] == "InvalidSettings"
