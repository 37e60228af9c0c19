"""A driver of somebody else's, installed beside orlop: its own data are shown and obeyed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RECORD = """
schema = 1
title = "Tapes"
summary = "Images on tapes."
since = "1.0"
maintainers = [{ name = "Tape people", email = "tapes@example.org", nick = "#tapes", team = true }]
jobs = []
migration = "Copy the images to disks."

[capabilities]
required = ["READ_ACCESS"]

[[history]]
date = 2026-01-01
status = "supported"
reason = "it works"

[[history]]
date = 2026-06-01
status = "STATUS"
reason = "no tapes are made any more"
"""
DRIVER = """
from orlop.drivers.memory.driver import MemoryDriver
from orlop.drivers.memory.settings import MemorySettings


class TapeSettings(MemorySettings):
    driver: str = "tape"


class TapeDriver(MemoryDriver):
    settings_type = TapeSettings
    schemes = ("tape",)
"""


def install(folder: Path, status: str, driver: str = DRIVER) -> None:
    """Write the package, and what pip would write to make its entry point known."""
    package, installed = folder / "tapes", folder / "tapes-1.0.dist-info"
    package.mkdir()
    installed.mkdir()
    (package / "__init__.py").touch()
    (package / "driver.py").write_text(driver, encoding="utf-8")
    (package / "driver.toml").write_text(RECORD.replace("STATUS", status), encoding="utf-8")
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: tapes\nVersion: 1.0\n", encoding="utf-8")
    (installed / "entry_points.txt").write_text("[orlop.drivers]\ntape = tapes.driver:TapeDriver\n", encoding="utf-8")
    (folder / "orlop.toml").write_text('default_store = "t"\n[stores.t]\ndriver = "tape"\n', encoding="utf-8")


def orlop(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "orlop.cli", "--config", "orlop.toml", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_it_is_shown_and_judged_though_its_sdk_is_not_installed(tmp_path: Path) -> None:
    install(tmp_path, "deprecated", "import tape_sdk\n")
    found = {one["name"]: one for one in json.loads(orlop(tmp_path, "drivers", "--json").stdout)["drivers"]}
    tape = found["tape"]
    assert (tape["title"], tape["status"], tape["distribution"]) == ("Tapes", "deprecated", "tapes")
    assert tape["maintainers"][0]["email"] == "tapes@example.org"
    assert "tape_sdk" in tape["error"]
    text = orlop(tmp_path, "lifecycle", "--explain", "tape", "--at", "2026-11-22").stdout
    assert "no voting job runs orlop-gate and glance-functional on it" in text
    assert "2027-06-01: removed, by the rule voting-gate" in text


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (
            "deprecated",
            0,
            "warning: the tape driver is deprecated since 2026-06-01: no tapes are made any more; Copy the",
        ),
        (
            "unsupported",
            1,
            "the tape driver of the store 't' is unsupported since 2026-06-01: no tapes are made any more",
        ),
    ],
)
def test_its_status_has_its_consequence(tmp_path: Path, status: str, code: int, told: str) -> None:
    install(tmp_path, status)
    done = orlop(tmp_path, "check", "t")
    assert (done.returncode, told in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr


RESULT = {
    "schema": 1,
    "date": "2026-11-20T12:00:00+00:00",
    "gates": [
        {
            "driver": "tape",
            "server": "a tape robot 7",
            "passed": True,
            "missing": [],
            "capabilities": {"claimed": ["READ_ACCESS"], "lost": [], "proved": ["READ_ACCESS"]},
        }
    ],
}


@pytest.mark.slow
def test_the_result_that_it_carries_is_shown(tmp_path: Path) -> None:
    install(tmp_path, "deprecated")
    result = tmp_path / "tapes/gate.json"
    result.write_text(json.dumps(RESULT), encoding="utf-8")
    found = {one["name"]: one for one in json.loads(orlop(tmp_path, "drivers", "--json").stdout)["drivers"]}["tape"]
    assert (found["last_green"], found["servers"], found["proved"]) == (
        "2026-11-20",
        ["a tape robot 7"],
        ["READ_ACCESS"],
    )
    for text, told in (
        ("{", "Expecting property name"),
        ("{}", "this is no result of a gate"),
        ("[]", "no result"),
    ):
        result.write_text(text, encoding="utf-8")
        done = orlop(tmp_path, "drivers", "--json")
        found = {one["name"]: one for one in json.loads(done.stdout)["drivers"]}["tape"]
        assert found["result_error"].startswith("gate.json of the tape driver: ")
        assert told in found["result_error"]
        assert found["last_green"] is None
