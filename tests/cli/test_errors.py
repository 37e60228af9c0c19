from __future__ import annotations

import json
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
def test_verbose_shows_the_cause_in_one_line_and_no_secrets(cli: Cli) -> None:
    first, last = cli("-v", "stat", "memory://x", "--store", "small").err.splitlines()
    assert first == "caused by builtins.OSError: connecting to https://example.org/?sig=... failed"
    assert last == "orlop: small: stat memory://x: it went wrong; and then some"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["gett"], "no such command 'gett' (did you mean 'get'?); see 'orlop --help'"),
        (["get", "--ouput", "x"], "no such option --ouput (did you mean --output?); see 'orlop get --help'"),
        (
            ["ls", "--store", "fsat"],
            "there is no store 'fsat' (did you mean 'fast'?); there are fast, deep, bare, small",
        ),
        (["xyz"], "no such command 'xyz'; see 'orlop --help'"),
    ],
)
def test_what_was_mistyped_is_told_with_what_was_meant(cli: Cli, words: list[str], told: str) -> None:
    outcome = cli(*words)
    assert (outcome.code, outcome.err) == (2, f"orlop: {told}\n")


@pytest.mark.parametrize("command", [[], ["get"], ["rm"], ["ls"]])
def test_the_help_names_no_types_of_python(cli: Cli, command: list[str]) -> None:
    text = cli(*command, "--help").text
    assert "--json" in text
    assert "<" not in text


def test_a_fault_in_the_program_is_one_line_too(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(store: Store, location: str) -> None:
        raise LookupError("what?")

    monkeypatch.setattr(Store, "stat", fail)
    outcome = cli("stat", "memory://x", "--store", "small")
    assert (outcome.code, outcome.err) == (1, "orlop: internal error, please report it: LookupError: what?\n")
    assert "Traceback" in cli("-v", "stat", "memory://x", "--store", "small").err


def test_credentials_typed_in_a_location_are_not_repeated(cli: Cli) -> None:
    outcome = cli("stat", "swift+https://me:hunter2@example.org/x")
    assert outcome.code == 11
    assert "hunter2" not in outcome.err


def test_a_broken_configuration(cli: Cli, configuration: Path) -> None:
    configuration.write_text("[stores")
    outcome = cli("ls")
    assert outcome.code == 10
    assert str(configuration) in outcome.err


def test_a_document_stays_one_where_a_password_has_quotes(cli: Cli) -> None:
    # A location that is torn apart by its password must not take the rest of the document along.
    outcome = cli("--json", "stat", 'https://me:pass"word and more@h', "--store", "small")
    error = json.loads(outcome.err)["error"]
    assert "word" not in outcome.err
    assert {"kind", "message", "location", "exit_code"} <= set(error)
