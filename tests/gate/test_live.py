"""The gate on a configured store: in a scratch place, which is gone afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from orlop.drivers.file.driver import FileDriver
from orlop.drivers.file.settings import FileSettings
from orlop.drivers.memory.driver import MemoryDriver
from orlop.drivers.memory.settings import MemorySettings
from orlop.errors import Unsupported
from orlop.gate import run_gate
from orlop.gate.live_place import Place, witness_of
from orlop.gate.onlooker import Onlooker
from orlop.gate.witnesses.memory import MemoryWitness
from orlop.settings import StoreSettings
from orlop.store import Store

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
RUN = """
import sys
from orlop.drivers.file.settings import FileSettings
from orlop.gate import run_gate
settings = FileSettings(path=sys.argv[1], block_size=65536)
sys.exit(run_gate("fast", settings, json=sys.argv[2], html=sys.argv[2] + ".html", junit=sys.argv[3], cases=sys.argv[4]))
"""


def begin(folder: Path, cases: str) -> subprocess.Popen[str]:
    arguments = [str(folder / "images"), str(folder / "gate.json"), str(folder / "junit.xml"), cases]
    command = [sys.executable, "-c", RUN, *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_a_live_store(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    Store("fast", FileDriver(FileSettings(path=images))).put("mine", b"data")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")

    run = begin(tmp_path, "test_abort or test_delete or middle")
    said, _ = run.communicate()

    assert run.returncode == 0, said
    gate = json.loads((tmp_path / "gate.json").read_text())["gates"][0]
    assert gate["driver"] == "file"
    assert gate["store"] == "fast"
    assert "warning" not in said
    assert gate["witness"]["independent"]
    assert {case["outcome"] for case in gate["cases"]} == {"passed"}
    assert (tmp_path / "junit.xml").exists()
    assert "file driver, store fast" in next(tmp_path.glob("*.html")).read_text()
    assert "orlop gate" in said
    assert {path.name for path in images.iterdir() if not path.name.startswith(".orlop-digests")} == {"mine"}


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    run = begin(tmp_path, "killed")
    while not any(images.rglob("*/*gate-*")):
        assert run.poll() is None
        time.sleep(0.01)
    os.kill(run.pid, signal.SIGINT)
    said, _ = run.communicate()
    assert run.returncode == 2, said
    assert list(images.iterdir()) == []


def test_a_store_without_a_scratch_place_is_refused() -> None:
    class Placeless(MemorySettings):
        def scratch(self, name: str) -> Placeless:
            return StoreSettings.scratch(self, name)

    with pytest.raises(Unsupported, match="no scratch place"):
        run_gate("it", Placeless())


def test_a_scratch_place_that_is_not_empty_is_refused() -> None:
    driver = MemoryDriver(MemorySettings())
    Store("it", driver).put("precious", b"data")
    with pytest.raises(Unsupported, match="1 things in it"):
        Place("it", driver, 0.0)


def test_a_witness_comes_with_the_driver_or_is_only_an_onlooker() -> None:
    driver = MemoryDriver(MemorySettings())
    assert isinstance(witness_of(driver), MemoryWitness)
    driver.settings = driver.settings.model_copy(update={"driver": "unheard-of"})
    onlooker = witness_of(driver)
    assert isinstance(onlooker, Onlooker)
    assert not onlooker.independent
    location = Store("it", driver).put("a", b"data").location
    assert onlooker.names() == {location}
    assert onlooker.read(location) == b"data"
    assert onlooker.read("memory://b") is None
