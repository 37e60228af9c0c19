"""Virtual environments: made once, remade when something has changed, whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from servers.missing import Missing
from servers.venvs import ROOT, environment

pytestmark = pytest.mark.server

PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "barge"
version = "1"
[project.optional-dependencies]
of-no-use = []
[tool.setuptools]
packages = ["barge"]
[tool.setuptools.package-dir]
barge = "barge"
"""


@pytest.fixture
def barge(tmp_path: Path) -> Path:
    """A distribution with one module that says who it is."""
    folder = tmp_path / "distribution"
    (folder / "barge").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "barge" / "__init__.py").write_text("name = 'first'\n")
    return folder


def said(venv: Path, code: str) -> str:
    command = [str(venv / "bin" / "python"), "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd="/").stdout.strip()


def test_made_once_and_remade_for_other_requirements(tmp_path: Path) -> None:
    venv = environment("one", ["iniconfig==2.0.0"], under=tmp_path)
    assert venv == tmp_path / "one"
    assert said(venv, "import iniconfig, sys; print(sys.prefix)") == str(venv)
    (venv / "left").touch()
    environment("one", ["iniconfig==2.0.0"], under=tmp_path)
    assert (venv / "left").exists()
    environment("one", ["pluggy"], under=tmp_path)
    assert not (venv / "left").exists()
    assert (
        said(venv, "import importlib.util as u; print(u.find_spec('iniconfig'), bool(u.find_spec('pluggy')))")
        == "None True"
    )


def test_what_was_interrupted_is_made_anew(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="no-such-distribution-of-ours"):
        environment("one", ["no-such-distribution-of-ours==1"], under=tmp_path)
    assert (tmp_path / "one" / "bin" / "python").exists()  # half made
    (tmp_path / "one" / "left").touch()
    venv = environment("one", ["iniconfig"], under=tmp_path)
    assert not (venv / "left").exists()
    assert said(venv, "import iniconfig; print('yes')") == "yes"


def test_many_at_once_make_one(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from servers.venvs import environment; environment('one', ['iniconfig'], under=Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(tmp_path)]

    def ask(number: int) -> float:
        subprocess.run(command, cwd=ROOT, check=True)
        return (tmp_path / "one" / "pyvenv.cfg").stat().st_mtime_ns

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(ask, range(3)))) == 1


def test_a_local_distribution_is_installed_as_it_is_now(tmp_path: Path, barge: Path) -> None:
    venv = tmp_path / "one"
    for name in ("first", "second"):
        (barge / "barge" / "__init__.py").write_text(f"name = {name!r}\n")
        environment("one", [f"{barge}[of-no-use]"], under=tmp_path)
        assert said(venv, "import barge; print(barge.name)") == name
    (venv / "left").touch()
    environment("one", [f"{barge}[of-no-use]"], under=tmp_path)
    assert (venv / "left").exists()


def test_an_editable_distribution_follows_its_sources(tmp_path: Path, barge: Path) -> None:
    venv = environment("one", [f"-e {barge}"], under=tmp_path)
    (venv / "left").touch()
    (barge / "barge" / "__init__.py").write_text("name = 'second'\n")
    environment("one", [f"-e {barge}"], under=tmp_path)
    assert said(venv, "import barge; print(barge.name)") == "second"
    assert (venv / "left").exists()
    (barge / "pyproject.toml").write_text(PROJECT + "\n")
    environment("one", [f"-e {barge}"], under=tmp_path)
    assert not (venv / "left").exists()
