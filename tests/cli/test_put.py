from __future__ import annotations

import hashlib
import os
import uuid
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def test_a_file_is_stored_under_its_name_and_everything_is_told(cli: Cli, disk: Path, tmp_path: Path) -> None:
    outcome = cli("put", disk)
    assert outcome.code == 0, outcome.err
    assert "disk.img" in outcome.text
    assert f"file://{tmp_path}/fast/disk.img" in outcome.text
    assert "3.0 MiB (3145728 bytes)" in outcome.text
    assert hashlib.sha256(disk.read_bytes()).hexdigest() in outcome.text
    assert outcome.err == ""


def test_the_document_has_stable_keys(cli: Cli, disk: Path) -> None:
    document = cli("put", disk, "--json", "--id", "one", "--digest", "md5", "--digest", "SHA-512").document
    assert sorted(document) == ["digests", "id", "location", "metadata", "seconds", "size", "store"]
    assert (document["id"], document["store"], document["size"]) == ("one", "fast", 3145728)
    assert document["digests"] == {
        "md5": hashlib.md5(disk.read_bytes()).hexdigest(),
        "sha512": hashlib.sha512(disk.read_bytes()).hexdigest(),
    }


def test_stdin_gets_a_uuid(cli: Cli) -> None:
    document = cli("put", "-", "--json", stdin=b"abc").document
    assert uuid.UUID(document["id"]).version == 4
    assert document["size"] == 3


def test_a_store_is_chosen(cli: Cli, disk: Path) -> None:
    assert cli("put", disk, "--store", "deep", "--json").document["store"] == "deep"


def test_a_location_is_a_source(cli: Cli, disk: Path) -> None:
    location = cli("put", disk, "--json").document["location"]
    document = cli("put", location, "--store", "deep", "--json").document
    assert (document["id"], document["store"], document["size"]) == ("disk.img", "deep", 3145728)


def test_a_fifo_is_a_source(cli: Cli, tmp_path: Path) -> None:
    read, write = os.pipe()
    os.write(write, b"abc")
    os.close(write)
    assert cli("put", f"/dev/fd/{read}", "--id", "piped", "--json").document["size"] == 3
    os.close(read)


def test_expected_digests_are_compared(cli: Cli, disk: Path) -> None:
    right = hashlib.sha256(disk.read_bytes()).hexdigest()
    assert cli("put", disk, "--expect", f"sha256:{right}").code == 0
    assert cli("put", disk, "--id", "bare", "--expect", right.upper()).code == 0
    wrong = cli("put", disk, "--id", "other", "--expect", "md5:" + "0" * 32)
    assert wrong.code == 5
    assert "expected was 0000" in wrong.err
    assert cli("stat", "other").code == 3


@pytest.mark.parametrize(("size", "code"), [("3", 0), ("4", 5), ("2", 5)])
def test_the_announced_size_counts(cli: Cli, size: str, code: int) -> None:
    assert cli("put", "-", "--id", "sized", "--size", size, stdin=b"abc").code == code


def test_an_empty_file_is_an_image(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert cli("put", tmp_path / "empty", "--json").document["size"] == 0


def test_a_name_that_is_no_id_needs_one(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / ".hidden").write_bytes(b"abc")
    outcome = cli("put", tmp_path / ".hidden")
    assert outcome.code == 2
    assert "--id" in outcome.err


def test_a_missing_file_is_the_users(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("put", tmp_path / "missing.img")
    assert outcome.code == 1
    assert outcome.err == f"orlop: {tmp_path}/missing.img: No such file or directory\n"


def test_a_folder_is_no_source(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("put", tmp_path, "--id", "x")
    assert outcome.code == 1
    assert outcome.err == f"orlop: {tmp_path}: Is a directory\n"


def test_a_broken_file_is_not_blamed_on_the_store(cli: Cli) -> None:
    outcome = cli("put", "/proc/self/mem", "--id", "x")
    assert (outcome.code, outcome.err) == (1, "orlop: /proc/self/mem: Input/output error\n")


@pytest.mark.parametrize("words", [["put", "x", "--size", "9" * 5000], ["get", "x", "--range", f"{'9' * 5000}:"]])
def test_a_number_of_thousands_of_digits_is_a_mistake_and_not_a_fault_of_ours(
    cli: Cli, words: list[str], disk: Path
) -> None:
    disk.rename(disk.with_name("x"))
    cli("put", "x")
    outcome = cli(*words, *(["-o", "out"] if words[0] == "get" else []))
    assert (outcome.code, "a number of bytes is wanted" in outcome.err) == (2, True)
