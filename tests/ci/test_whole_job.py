"""A part of the job that takes seconds, as a developer runs it: real environments, real Glance, a few of its tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(900)]


def gate(folder: Path, *words: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    command = [sys.executable, "-m", "ci", "gate", "--output", str(folder), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    path = folder / words[1] / "result.json"
    assert path.exists(), done.stdout + done.stderr
    return done, json.loads(path.read_text())


@pytest.mark.parametrize("library", ["ours", "upstream"])
def test_a_few_tests_of_glance(tmp_path: Path, library: str) -> None:
    chosen = r"TestMultiStoreImageMembers|test_multi_store_images.*import_multi_stores"
    words = ["--part", "functional", "--only", chosen, "--library", library]
    done, result = gate(tmp_path, "--driver", "file", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    (suite,) = result["glance"]
    assert suite["totals"] == {"passed": 3, "failed": 0, "skipped": 0}
    assert suite["stores_made"]["file"] >= 9
    assert result["versions"]["glance"] == "33.0.0"
    assert result["versions"]["glance-store"].startswith("6." if library == "ours" else "5.7.0")
    assert (result["whole"], result["library"]) == (False, library)
    assert done.stdout.splitlines()[-2] == "gate file: PASSED (not the whole job)"


def test_locations_of_a_web_server(tmp_path: Path) -> None:
    done, result = gate(
        tmp_path, "--driver", "http", "--part", "functional", "--only", "BackendsLocationApi.test_get_location$"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert result["glance"][0]["stores_made"]["http"] >= 1


def test_a_run_without_tests_is_red(tmp_path: Path) -> None:
    done, result = gate(tmp_path, "--driver", "file", "--part", "functional", "--only", "no_such_test")
    assert done.returncode == 1
    assert "missing: the run: no test was run" in done.stdout
    assert not result["passed"]
