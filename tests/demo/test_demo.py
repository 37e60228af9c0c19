"""`make demo` does what it shows, for a user who has nothing yet, and again for one who kept the images."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT


def play(home: Path, **environment: str) -> str:
    """What the demo prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORLOP_", "XDG_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=ROOT,
        env=kept | {"HOME": str(home)} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.server
def test_the_demo_shows_everything(tmp_path: Path) -> None:
    told = play(tmp_path, KEEP="1")
    assert "Everything was as it should be" in told
    assert "  no   " not in told, "something was left out"
    images = tmp_path / ".local/share/orlop/images"
    assert sorted(path.name for path in images.iterdir()) == ["orlop-demo-cd", "orlop-demo-disk"]

    assert "it is still there from the last time" in play(tmp_path)
    assert list(images.iterdir()) == []


@pytest.mark.server
def test_a_configuration_is_left_alone(tmp_path: Path) -> None:
    configuration = tmp_path / ".config/orlop/orlop.toml"
    configuration.parent.mkdir(parents=True)
    configuration.write_text(f"[stores.mine]\ndriver = 'file'\npath = '{tmp_path}/mine'\n", encoding="utf-8")
    assert f"You have a configuration, {configuration}" in play(tmp_path)
    assert not (tmp_path / "mine").exists()
