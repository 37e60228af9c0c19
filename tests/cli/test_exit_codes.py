from __future__ import annotations

import json
from pathlib import Path

import pytest
from orlop import errors
from orlop.cli.exit_codes import MEANINGS, ExitCode, exit_code_of
from orlop.store import Store

from tests.cli.conftest import Cli

KINDS: list[type[errors.StoreError]] = [errors.StoreError, *errors.StoreError.__subclasses__()]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_error_has_its_own_code(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, kind: type[errors.StoreError]
) -> None:
    def fail(store: Store, location: str) -> None:
        raise kind("it [b]went[/b]\nwrong\x1b", store=store.name, operation="stat", location=location)

    monkeypatch.setattr(Store, "stat", fail)
    outcome = cli("stat", "memory://x", "--store", "small")
    assert outcome.code == exit_code_of(kind("x"))
    assert outcome.code not in {0, 2}
    assert outcome.out == b""
    assert outcome.err == "orlop: small: stat memory://x: it [b]went[/b] wrong\\x1b\n"
    error = json.loads(cli("stat", "memory://x", "--store", "small", "--json").err)["error"]
    assert sorted(error) == ["exit_code", "kind", "location", "message", "operation", "store"]
    assert (error["kind"], error["exit_code"], error["store"]) == (kind.__name__, outcome.code, "small")


def test_codes_differ_and_all_are_explained() -> None:
    codes = [exit_code_of(kind("x")) for kind in KINDS]
    assert len(set(codes)) == len(KINDS)
    assert set(MEANINGS) == set(ExitCode)
    assert exit_code_of(ValueError()) == 1


def test_codes_that_come_about_by_themselves(cli: Cli, disk: Path) -> None:
    assert cli("stat", "missing").code == ExitCode.NOT_FOUND
    assert cli("put", disk).code == 0
    assert cli("put", disk).code == ExitCode.ALREADY_EXISTS
    assert cli("put", disk, "--store", "small").code == ExitCode.STORE_FULL
    assert cli("put", "-", "--id", "a/b").code == ExitCode.INVALID_LOCATION
    assert cli("stat", "file://host/x", "--store", "fast").code == ExitCode.INVALID_LOCATION


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["put"], "missing argument"),
        (["frobnicate"], "no such command"),
        (["put", "x", "--colour"], "no such option"),
        (["put", "x", "--expect", "12"], "ALGO:HEX"),
        (["put", "x", "--expect", "md5:12"], "no md5 digest"),
        (["put", "x", "--expect", "md6:12"], "no digest algorithm"),
        (["put", "x", "--expect", "0" * 32, "--expect", "1" * 32], "another md5"),
        (["put", "x", "--digest", "md6"], "no digest algorithm"),
        (["put", "x", "--size", "1.5G"], "number of bytes"),
        (["put", "x", "--store", "nowhere"], "no store 'nowhere'"),
    ],
)
def test_misuse_is_told_in_one_line(cli: Cli, arguments: list[str], words: str) -> None:
    outcome = cli(*arguments)
    assert outcome.code == ExitCode.USAGE
    assert words in outcome.err.lower().replace("algo:hex", "ALGO:HEX")
    assert len(outcome.err.splitlines()) == 1
    error = json.loads(cli(*arguments, "--json").err)["error"]
    assert (error["kind"], error["exit_code"]) == ("Usage", 2)


def test_no_command_shows_the_help(cli: Cli) -> None:
    outcome = cli()
    assert outcome.code == ExitCode.USAGE
    assert "Usage: orlop" in outcome.text


@pytest.mark.parametrize(
    "command", ["", "put", "get", "stat", "ls", "rm", "cp", "verify", "stores", "drivers", "check"]
)
def test_help(cli: Cli, command: str) -> None:
    outcome = cli(*command.split(), "--help")
    assert outcome.code == 0
    assert "--json" in outcome.text


def test_version(cli: Cli) -> None:
    outcome = cli("--version")
    assert outcome.code == 0
    assert outcome.text.startswith("orlop ")
