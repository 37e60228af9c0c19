from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.fixture
def stored(cli: Cli, disk: Path) -> bytes:
    assert cli("put", disk, "--id", "one").code == 0
    return disk.read_bytes()


def leavings(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if name.endswith(".part")]


def test_stdout_gets_the_bytes_and_nothing_else(cli: Cli, stored: bytes) -> None:
    for arguments in (["get", "one"], ["get", "one", "-o", "-"]):
        outcome = cli(*arguments)
        assert (outcome.code, outcome.out, outcome.err) == (0, stored, "")


def test_a_file_appears_whole_and_stays_sparse(cli: Cli, stored: bytes, tmp_path: Path) -> None:
    target = tmp_path / "out.img"
    document = cli("get", "one", "-o", target, "--json").document
    assert sorted(document) == ["location", "output", "seconds", "size", "store", "verified"]
    assert document["verified"] == {"sha256": hashlib.sha256(stored).hexdigest()}
    assert target.read_bytes() == stored
    assert target.stat().st_blocks * 512 < 3 * 1024**2
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert leavings(tmp_path) == []


def test_trailing_zeros_keep_the_size(cli: Cli, tmp_path: Path) -> None:
    cli("put", "-", "--id", "zeros", stdin=bytes(100_000))
    assert cli("get", "zeros", "-o", tmp_path / "out").code == 0
    assert (tmp_path / "out").read_bytes() == bytes(100_000)


def test_in_a_folder_the_file_is_named_after_the_image(cli: Cli, stored: bytes, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert cli("get", "one", "-o", tmp_path / "folder").code == 0
    assert (tmp_path / "folder/one").read_bytes() == stored


def test_a_file_is_replaced_only_by_force(cli: Cli, stored: bytes, tmp_path: Path) -> None:
    target = tmp_path / "out.img"
    target.write_text("precious")
    refused = cli("get", "one", "-o", target)
    assert (refused.code, target.read_text()) == (1, "precious")
    assert "--force" in refused.err
    assert cli("get", "one", "-o", target, "--force").code == 0
    assert target.read_bytes() == stored


def test_force_follows_a_link(cli: Cli, stored: bytes, tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    assert cli("get", "one", "-o", tmp_path / "link", "--force").code == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == stored


def test_a_device_is_written_into(cli: Cli, stored: bytes) -> None:
    assert cli("get", "one", "-o", "/dev/null").code == 0


def test_a_full_disk_of_the_user_is_not_blamed_on_the_store(cli: Cli, stored: bytes) -> None:
    outcome = cli("get", "one", "-o", "/dev/full")
    assert (outcome.code, outcome.err) == (1, "orlop: /dev/full: No space left on device\n")


def test_a_missing_folder_is_told(cli: Cli, stored: bytes, tmp_path: Path) -> None:
    outcome = cli("get", "one", "-o", tmp_path / "no/out")
    assert (outcome.code, outcome.err) == (1, f"orlop: {tmp_path}/no/out: No such file or directory\n")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("1:5", slice(1, 5)),
        ("3145720:", slice(3145720, None)),
        (":7", slice(0, 7)),
        ("-9", slice(-9, None)),
        ("1M:1M", slice(0, 0)),
        ("3M:9M", slice(0, 0)),
        ("-99G", slice(0, None)),
    ],
)
def test_ranges(cli: Cli, stored: bytes, text: str, part: slice) -> None:
    outcome = cli("get", "one", "--range", text)
    assert (outcome.code, outcome.out) == (0, stored[part])


@pytest.mark.parametrize("text", ["5:1", "x:y", "5", ":", "-"])
def test_what_is_no_range_is_refused(cli: Cli, stored: bytes, text: str) -> None:
    outcome = cli("get", "one", "--range", text)
    assert outcome.code == 2
    assert "--range" in outcome.err


def test_a_range_cannot_be_verified(cli: Cli, stored: bytes) -> None:
    assert cli("get", "one", "--range", "1:2", "--verify").code == 2
    assert cli("get", "one", "--range", "1:2", "--expect", "0" * 64).code == 2


def test_a_flipped_bit_leaves_no_file(cli: Cli, stored: bytes, tmp_path: Path) -> None:
    flip(tmp_path / "fast/one")
    outcome = cli("get", "one", "-o", tmp_path / "out")
    assert outcome.code == 5
    assert not (tmp_path / "out").exists()
    assert leavings(tmp_path) == []
    assert cli("get", "one").code == 5
    assert cli("get", "one", "-o", tmp_path / "out", "--no-verify").code == 0


def test_what_is_expected_counts(cli: Cli, stored: bytes) -> None:
    assert cli("get", "one", "--expect", hashlib.md5(stored).hexdigest()).code == 0
    assert cli("get", "one", "--expect", "md5:" + "0" * 32).code == 5


def test_without_a_kept_digest(cli: Cli, disk: Path, tmp_path: Path) -> None:
    cli("put", disk, "--store", "bare")
    outcome = cli("get", disk.name, "--store", "bare", "-o", tmp_path / "out")
    assert outcome.code == 0
    assert "no: the store keeps no digest of it" in outcome.text
    assert cli("get", disk.name, "--store", "bare", "--verify").code == 9


def test_why_nothing_was_compared_is_told_as_it_is(cli: Cli, stored: bytes, tmp_path: Path) -> None:
    part = cli("get", "one", "--range", "0:10", "-o", tmp_path / "part").text
    assert "no: only a whole image can be" in part
    assert "no: --no-verify was given" in cli("get", "one", "--no-verify", "-o", tmp_path / "whole").text


def test_json_and_an_image_cannot_share_stdout(cli: Cli, stored: bytes) -> None:
    outcome = cli("get", "one", "--json")
    assert (outcome.code, outcome.out) == (2, b"")


def flip(file: Path) -> None:
    """Flip one bit of a file behind the store's back."""
    with file.open("r+b") as image:
        first = image.read(1)
        image.seek(0)
        image.write(bytes([first[0] ^ 1]))
