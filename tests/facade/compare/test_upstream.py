"""Upstream's release, installed from PyPI, and ours: the same from outside but for what the list says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from servers.venvs import environment
from tests.facade.compare.comparing import Difference, Dump, differences, permits, stale, unlisted

RELEASE = "5.7.0"
OPTIONS = 97
pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Dump:
    requirement = f"glance_store[swift,s3,cinder,vmware]=={RELEASE}"
    venv = environment(f"glance-store-{RELEASE}-sdks", [requirement])
    return dump(venv / "bin" / "python", tmp_path_factory.mktemp("upstream"))


@pytest.fixture(scope="module")
def found(upstream: Dump, tmp_path_factory: pytest.TempPathFactory) -> list[Difference]:
    return list(differences(upstream, dump(Path(sys.executable), tmp_path_factory.mktemp("ours"))))


def dump(python: Path, folder: Path) -> Dump:
    """What the glance_store of this interpreter looks like."""
    path = folder / "dump.json"
    done = subprocess.run(
        [str(python), "-m", "dump", str(path)], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    facts: Dump = json.loads(path.read_text(encoding="utf-8"))
    return facts


def test_upstream_is_what_we_think(upstream: Dump) -> None:
    options = {name.rpartition("] ")[2] for name in upstream if name.startswith(("listed ", "single ", "multi "))}
    assert len(options) == OPTIONS
    assert "glance_store.create_multi_stores" in upstream
    assert upstream["exception NotFound"]["named"][0] == "Image 7 not found"


def test_every_difference_is_listed(found: list[Difference]) -> None:
    assert unlisted(found, permits()) == []


def test_everything_that_is_listed_differs(found: list[Difference]) -> None:
    assert stale(found, permits()) == []
