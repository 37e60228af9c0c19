"""The driver on the page `docs/write-a-driver.md` is a driver: its package is made, and the gate run on it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks

PAGE = ROOT / "docs/write-a-driver.md"


def make_package(folder: Path) -> None:
    """Write the page's files into `folder`, and what an installation would add to make the entry point known."""
    for block in blocks(PAGE):
        if block.mark == "file":
            path = folder / block.value
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    installed = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    installed.mkdir()
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (installed / "METADATA").write_text(head, encoding="utf-8")
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
    (installed / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run something in the package's folder, as in an environment in which it is installed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-W", "error", *command],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(folder), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_found_by_its_name(tmp_path: Path) -> None:
    make_package(tmp_path)
    program = "import orlop.registry; print(orlop.registry.driver_type('sqlite').schemes)"
    done = run(tmp_path, "-c", program)
    assert done.stdout == "('sqlite',)\n", done.stderr


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_passes_the_gate(tmp_path: Path) -> None:
    make_package(tmp_path)
    done = run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(r"\d+ passed in .*", done.stdout.splitlines()[-1])


def test_the_page_does_not_repeat_the_memory_driver() -> None:
    """It includes the real files, so that it cannot say anything else than they do."""
    text = PAGE.read_text(encoding="utf-8")
    assert text.count("```{literalinclude} ../packages/orlop/src/orlop/drivers/memory/") == 4
