from __future__ import annotations

from pathlib import Path

import pytest
from orlop.errors import BackendError
from orlop.store import Store

from tests.cli.conftest import Cli


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(store: Store, location: str) -> None:
        error = BackendError("it went wrong", store=store.name, operation="stat", location=location)
        error.add_note("and then some")
        raise error from OSError("connecting to https://user:hunter2@example.org/?sig=hunter2 failed")

    monkeypatch.setattr(Store, "stat", fail)


@pytest.mark.usefixtures("failing")
def test_one_line_with_its_notes(cli: Cli) -> None:
    outcome = cli("stat", "memory://x", "--store", "small")
    assert outcome.err == "orlop: small: stat memory://x: it went wrong; and then some\n"


@pytest.mark.usefixtures("failing")
def test_verbose_shows_the_cause_and_no_secrets(cli: Cli) -> None:
    outcome = cli("-v", "stat", "memory://x", "--store", "small")
    assert "Traceback" in outcome.err
    assert "https://example.org/?sig=..." in outcome.err
    assert "hunter2" not in outcome.err


def test_a_fault_in_the_program_is_one_line_too(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(store: Store, location: str) -> None:
        raise LookupError("what?")

    monkeypatch.setattr(Store, "stat", fail)
    outcome = cli("stat", "memory://x", "--store", "small")
    assert (outcome.code, outcome.err) == (1, "orlop: internal error, please report it: LookupError: what?\n")


def test_credentials_typed_in_a_location_are_not_repeated(cli: Cli) -> None:
    outcome = cli("stat", "swift+https://me:hunter2@example.org/x")
    assert outcome.code == 11
    assert "hunter2" not in outcome.err


def test_a_broken_configuration(cli: Cli, configuration: Path) -> None:
    configuration.write_text("[stores")
    outcome = cli("ls")
    assert outcome.code == 10
    assert str(configuration) in outcome.err
