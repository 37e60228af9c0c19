from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.cli.test_get import flip


@pytest.fixture
def location(cli: Cli, disk: Path) -> str:
    return str(cli("put", disk, "--json", "--id", "one").document["location"])


def test_a_copy_keeps_its_id(cli: Cli, location: str, disk: Path, tmp_path: Path) -> None:
    for source, target in ((location, "deep:"), ("one", "bare:")):
        document = cli("cp", source, target, "--json").document
        assert (document["id"], document["store"]) == ("one", target[:-1])
        assert (tmp_path / target[:-1] / "one").read_bytes() == disk.read_bytes()


def test_a_copy_may_get_another_id(cli: Cli, location: str) -> None:
    assert cli("cp", location, "fast:two", "--json").document["id"] == "two"


def test_damage_is_not_copied(cli: Cli, location: str, tmp_path: Path) -> None:
    flip(tmp_path / "fast/one")
    assert cli("cp", location, "deep:").code == 5
    assert cli("stat", "one", "--store", "deep").code == 3


def test_a_store_before_the_id_says_where_the_image_is(cli: Cli, location: str, tmp_path: Path) -> None:
    cli("cp", "fast:one", "deep:")
    assert cli("stat", "deep:one", "--json").document["store"] == "deep"
    assert cli("get", "deep:one", "-o", tmp_path / "out").code == 0
    assert cli("verify", "deep:one").code == 0
    assert cli("rm", "deep:one").code == 0
    assert cli("stat", "deep:one").code == 3
    assert cli("stat", "fast:one").code == 0


def test_an_id_with_a_colon_is_an_id_where_the_store_is_named_or_unknown(cli: Cli, disk: Path) -> None:
    cli("put", disk, "--id", "deep:one", "--store", "deep")
    cli("put", disk, "--id", "a:b")
    assert cli("stat", "deep:one", "--store", "deep", "--json").document["id"] == "deep:one"
    assert cli("stat", "a:b", "--json").document["id"] == "a:b"
    assert cli("cp", "a:b", "deep:", "--json").document["id"] == "a:b"


@pytest.mark.parametrize("target", ["deep", ":x", "file:///x", ""])
def test_a_target_names_a_store(cli: Cli, location: str, target: str) -> None:
    outcome = cli("cp", location, target)
    assert outcome.code == 2
    assert "STORE:" in outcome.err


def test_an_unknown_store_is_told(cli: Cli, location: str) -> None:
    outcome = cli("cp", location, "nowhere:")
    assert outcome.code == 2
    assert outcome.err == "orlop: there is no store 'nowhere'; there are fast, deep, bare, small\n"


def test_several_are_deleted_and_one_that_is_missing_keeps_none(cli: Cli, location: str, disk: Path) -> None:
    cli("put", disk, "--id", "two")
    outcome = cli("rm", "missing", location, "two", "--json")
    assert outcome.code == 3
    images = outcome.document["images"]
    assert [image["deleted"] for image in images] == [False, True, True]
    assert [sorted(image) for image in images] == [["deleted", "error", "image", "location", "store"]] * 3
    assert images[0]["error"]["kind"] == "NotFound"
    first = json.loads(outcome.err.splitlines()[0])
    assert first["error"]["exit_code"] == 3
    assert cli("ls", "--json").document["images"] == []


def test_deleting_by_id_spares_copies_elsewhere(cli: Cli, location: str) -> None:
    cli("cp", "one", "deep:")
    assert cli("rm", "one").code == 0
    again = cli("rm", "one")
    assert again.code == 3
    assert "--store" in again.err
    assert cli("rm", "one", "--store", "deep").code == 0


def test_what_was_deleted_is_told_on_stderr(cli: Cli, location: str) -> None:
    outcome = cli("rm", location)
    assert (outcome.out, outcome.err) == (b"", f"orlop: deleted {location} from fast\n")


def test_quiet_is_quiet(cli: Cli, location: str) -> None:
    outcome = cli("rm", location, "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, b"", "")
