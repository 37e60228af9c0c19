"""A new driver from nothing to its gate, as its author goes: from orlop's own wheel, in environments of their own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from servers.venvs import environment
from tests.docs.blocks import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ORLOP = f"{ROOT / 'packages/orlop'}[gate]"


def run(*command: str | Path, folder: Path) -> str:
    """Run something as the author, whose configuration is in `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORLOP_", "PYTEST_", "XDG_"))}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=kept | {"HOME": str(folder), "LC_ALL": "C.UTF-8", "ORLOP_CONFIG": str(folder / "orlop.toml")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_new_driver_is_green_as_it_comes(tmp_path: Path) -> None:
    orlop = environment("orlop", [ORLOP], under=tmp_path) / "bin/orlop"
    run(orlop, "new-driver", "my-store", folder=tmp_path)
    package = tmp_path / "orlop-my-store"
    assert (package / ".github/workflows/gate.yml").exists(), "what begins with a point is in the wheel too"

    author = environment("author", [ORLOP, f"-e {package}[test]"], under=tmp_path)
    (package / ".venv").symlink_to(author)
    run(package / "ci/gate", folder=package)
    (gate,) = json.loads((package / "build/gate.json").read_text())["gates"]
    assert _unproved(gate) == []
    assert gate["distribution"] == {"name": "orlop-my-store", "version": "0.1"}
    assert "my-store driver, store gate" in (package / "build/gate.html").read_text()

    (package / "orlop.toml").write_text(f'[stores.mine]\ndriver = "my-store"\nroot = "{tmp_path / "images"}"\n')
    live = json.loads(run(author / "bin/orlop", "--json", "gate", "mine", folder=package))
    assert live["passed"]
    assert _unproved(live["report"]["gates"][0]) == []
    shown = json.loads(run(author / "bin/orlop", "--json", "drivers", folder=package))
    (mine,) = [driver for driver in shown["drivers"] if driver["name"] == "my-store"]
    assert mine["status"] == "experimental"
    run(author / "bin/orlop", "lifecycle", "--explain", "my-store", "--results", "build/gate.json", folder=package)
    assert not any(path.name.startswith(".images") for path in tmp_path.iterdir()), "the scratch place is gone"


def _unproved(gate: dict[str, Any]) -> list[str]:
    """What is claimed and not proved; the gate is one that was run whole and by an independent witness."""
    assert gate["passed"]
    assert gate["missing"] == []
    assert gate["witness"]["independent"]
    assert {case["outcome"] for case in gate["cases"]} == {"passed", "refused"}
    assert gate["capabilities"]["claimed"]
    return sorted(set(gate["capabilities"]["claimed"]) - set(gate["capabilities"]["proved"]))
