"""A new driver from nothing to its gate, as its author goes: from orlop's own wheel, in environments of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from servers.venvs import environment
from tests.docs.blocks import ROOT
from tests.skeleton.package_index import HOSTILE, PackageIndex
from tests.skeleton.test_making import make

ORLOP = f"{ROOT / 'packages/orlop'}[gate]"


def begin(*command: str | Path, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run something as the author, whose configuration is in `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORLOP", "PYTEST_", "XDG_"))}
    return subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=kept | {"HOME": str(folder), "LC_ALL": "C.UTF-8", "ORLOP_CONFIG": str(folder / "orlop.toml")} | more,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def run(*command: str | Path, folder: Path, **more: str) -> str:
    done = begin(*command, folder=folder, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PackageIndex]:
    """Where pip looks for packages: with an `orlop` that must not be installed."""
    from pip._internal.models.index import PyPI

    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, check=False
    )
    told = done.stdout.decode().strip() if done.returncode == 0 else ""
    with PackageIndex(tmp_path, os.environ.get("PIP_INDEX_URL") or told or PyPI.simple_url) as index:
        yield index


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_new_driver_is_green_as_it_comes(tmp_path: Path, index: PackageIndex) -> None:
    orlop = environment("orlop", [ORLOP], under=tmp_path) / "bin/orlop"
    run(orlop, "new-driver", "my-store", folder=tmp_path)
    package = tmp_path / "orlop-my-store"
    assert (package / ".github/workflows/gate.yml").exists(), "what begins with a point is in the wheel too"

    pip = [sys.executable, "-m", "pip"]
    run(*pip, "wheel", "-q", "--no-deps", "-w", tmp_path / "wheels", ROOT / "packages/orlop", folder=tmp_path)
    (wheel,) = (tmp_path / "wheels").iterdir()
    said = begin(package / "ci/gate", folder=package, ORLOP=f"../wheels/{wheel.name}", PIP_INDEX_URL=index.url)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "orlop" not in index.asked
    assert "mypy" in index.asked, "the index was the one that pip used"
    author = package / ".venv"
    assert json.loads(run(author / "bin/pip", "inspect", folder=package))["version"] == "1"

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
    not_shown = {case["case"] for case in gate["cases"] if case["outcome"] == "not shown"}
    assert not_shown == NOT_SHOWN
    assert {case["outcome"] for case in gate["cases"]} == {"passed", "refused", "not shown"}
    assert gate["capabilities"]["claimed"]
    return sorted(set(gate["capabilities"]["claimed"]) - set(gate["capabilities"]["proved"]))


NOT_SHOWN = {f"test_failure[{kind}]" for kind in ("StoreFull", "PermissionDenied", "Unavailable")} | {
    "test_a_delete_that_fails_now_does_not_say_that_it_never_can",
    "test_a_success_is_one_that_the_backend_has_given",
}
"""Cases for which the author has to bring something about."""


def test_the_index_has_an_orlop_of_somebody_else(tmp_path: Path, index: PackageIndex) -> None:
    """So the test above could fail: whoever asks this index for `orlop` gets it."""
    options = ["--no-deps", "--index-url", index.url, "-d", "got"]
    run(sys.executable, "-m", "pip", "download", "-q", *options, "orlop==99.0", folder=tmp_path)
    assert (tmp_path / "got" / HOSTILE).exists()
    assert "orlop" in index.asked


@pytest.mark.parametrize(
    ("orlop", "complaint"),
    [
        ("", "ORLOP is not set"),
        ("nowhere", "nowhere is neither a wheel nor a checkout"),
        (".", "is neither a wheel nor a checkout"),
        ("orlop-0.1.0-py3-none-any.whl", "there is no /"),
    ],
)
def test_no_index_is_asked_when_nobody_says_where_orlop_is(
    tmp_path: Path, index: PackageIndex, orlop: str, complaint: str
) -> None:
    package = make(tmp_path)
    said = begin(package / "ci/gate", folder=tmp_path, ORLOP=orlop, PIP_INDEX_URL=index.url)
    assert said.returncode == 2
    assert complaint in said.stderr
    assert "ORLOP=../orlop ci/gate" in said.stderr
    assert index.asked == []
    assert not (package / ".venv").exists()
