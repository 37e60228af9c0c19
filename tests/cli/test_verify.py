from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.cli.test_get import flip


@pytest.fixture
def images(cli: Cli, disk: Path) -> None:
    for name, store in (("one", "fast"), ("two", "fast"), ("three", "deep"), ("four", "bare")):
        assert cli("put", disk, "--id", name, "--store", store).code == 0


@pytest.mark.usefixtures("images")
class TestVerify:
    def test_good_images(self, cli: Cli) -> None:
        outcome = cli("verify", "one", "three", "--json")
        assert outcome.code == 0
        document = outcome.document
        assert sorted(document) == ["errors", "images", "summary"]
        assert document["summary"] == {"ok": 2, "failed": 0, "no digest kept": 0}
        assert sorted(document["images"][0]) == ["digests", "error", "image", "location", "result", "store"]
        assert list(document["images"][0]["digests"]) == ["sha256"]

    def test_a_flipped_bit_is_found_without_any_catalogue(self, cli: Cli, tmp_path: Path) -> None:
        flip(tmp_path / "fast/two")
        outcome = cli("verify", "--all", "--json")
        assert outcome.code == 5
        assert outcome.document["summary"] == {"ok": 2, "failed": 1, "no digest kept": 1}
        damaged = [image for image in outcome.document["images"] if image["result"] == "failed"]
        assert damaged[0]["location"].endswith("/fast/two")
        assert damaged[0]["error"]["kind"] == "Mismatch"
        assert "two" in cli("verify", "two").err

    def test_damage_outranks_what_is_missing(self, cli: Cli, tmp_path: Path) -> None:
        flip(tmp_path / "fast/two")
        assert cli("verify", "missing", "two").code == 5
        assert cli("verify", "missing", "one").code == 3

    def test_all_images_of_one_store(self, cli: Cli) -> None:
        assert cli("verify", "--all", "--store", "deep", "--json").document["summary"]["ok"] == 1

    def test_without_a_kept_digest(self, cli: Cli) -> None:
        outcome = cli("verify", "four")
        assert outcome.code == 9
        assert "--expect" in outcome.err
        assert cli("verify", "--all", "--store", "bare").code == 0

    def test_an_expected_digest(self, cli: Cli) -> None:
        good = cli("stat", "one", "--json").document["digests"]["sha256"]
        assert cli("verify", "four", "--store", "bare", "--expect", f"sha256:{good}").code == 0
        assert cli("verify", "four", "--store", "bare", "--expect", "f" * 64).code == 5

    def test_a_summary_for_people(self, cli: Cli) -> None:
        outcome = cli("verify", "--all")
        assert "orlop: 3 ok, 1 no digest kept\n" in outcome.err
        assert len(outcome.text.splitlines()) == 5

    @pytest.mark.parametrize("arguments", [[], ["one", "--all"], ["one", "two", "--expect", "f" * 64]])
    def test_misuse(self, cli: Cli, arguments: list[str]) -> None:
        assert cli("verify", *arguments).code == 2

    def test_quiet_tells_only_failures(self, cli: Cli, tmp_path: Path) -> None:
        outcome = cli("verify", "--all", "--quiet")
        assert (outcome.code, outcome.out, outcome.err) == (0, b"", "")
        flip(tmp_path / "fast/two")
        outcome = cli("verify", "--all", "--quiet")
        assert (outcome.code, outcome.out, len(outcome.err.splitlines())) == (5, b"", 1)
