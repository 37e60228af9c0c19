"""What the plugin makes of the outcomes: table, JSON, JUnit; skips, deviations, hangs, replaced cases."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from orlop.gate import Gate
from orlop.gate.deviation import Deviation, today

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
HEAD = """
import time
from datetime import date, timedelta
import pytest
from orlop.errors import Unsupported
from orlop.gate import Deviation, Gate
from tests.gate.model import ModelDriver, ModelSettings, ModelWitness
TODAY = date.today()

class Base(Gate):
    @pytest.fixture
    def driver(self):
        return ModelDriver(ModelSettings(attempts=1))

    @pytest.fixture
    def witness(self, driver):
        return ModelWitness(driver)

class Strips(ModelDriver):
    def publish(self, image_id, data, digests, token):
        return super().publish(image_id.strip(), data, digests, token)
"""


class Outcome:
    def __init__(self, folder: Path, body: str, *arguments: str) -> None:
        module, report, junit = folder / "test_it.py", folder / "deep" / "gate.json", folder / "junit.xml"
        page = folder / "deep" / "gate.html"
        module.write_text(HEAD + body)
        options = [
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:hypothesispytest",
            "--gate-json",
            str(report),
            "--gate-html",
            str(page),
            "--junitxml",
            str(junit),
        ]
        command = [sys.executable, "-m", "pytest", str(module), *options, *arguments]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        self.code, self.text = run.returncode, run.stdout + run.stderr
        self.json: dict[str, Any] = json.loads(report.read_text()) if report.exists() else {}
        self.html = page.read_text() if page.exists() else ""
        self.junit = ET.parse(junit).getroot() if junit.exists() else None

    def case(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(case for case in self.json["gates"][0]["cases"] if case["case"] == name)
        return found


def test_a_good_driver(tmp_path: Path) -> None:
    outcome = Outcome(
        tmp_path, "class TestIt(Base): pass", "-k", "reading_up_to or acl or space or impossible or not_found"
    )
    assert outcome.code == 0, outcome.text
    gate = outcome.json["gates"][0]
    assert outcome.json["schema"] == 1
    assert outcome.json["kit"]["name"] == "orlop"
    assert outcome.json["date"].endswith("+00:00")
    assert gate["driver"] == "memory"
    assert gate["driver_type"] == "tests.gate.model:ModelDriver"
    assert gate["witness"] == {"type": "tests.gate.model:ModelWitness", "independent": True}
    assert {"ACL", "SPACE", "READ_CHUNK"} <= set(gate["capabilities"]["proved"]) <= set(gate["capabilities"]["claimed"])
    assert "LIST" not in gate["capabilities"]["proved"], "nothing of it has run"
    assert "test_delete" in gate["missing"]
    assert not gate["passed"], "not all cases have run"
    case = outcome.case("test_reading_up_to[the-end]")
    assert case["outcome"] == "passed"
    assert case["minimum"]
    assert case["group"] == "Ranges"
    assert gate["groups"]["Ranges"]
    assert case["capabilities"] == ["READ_CHUNK"]
    assert outcome.junit is not None
    assert outcome.junit.find(".//testcase[@name='test_reading_up_to[the-end]']") is not None
    assert "orlop gate: test_it:TestIt" in outcome.text
    assert "test_reading_up_to  " in outcome.text
    assert "x7" in outcome.text
    assert "not run: " in outcome.text
    assert "Gate report: memory" in outcome.html
    assert "7 variants: " in outcome.html


def test_a_skip_is_a_failure(tmp_path: Path) -> None:
    body = """
class TestIt(Base):
    @pytest.fixture
    def witness(self):
        pytest.skip("the backend is not there")
"""
    outcome = Outcome(tmp_path, body, "-k", "test_delete")
    assert outcome.code == 1
    assert "cannot be skipped" in outcome.case("test_delete")["message"]
    assert "the backend is not there" in outcome.text
    assert outcome.junit is not None
    assert outcome.junit.find(".//skipped") is None


def test_an_xfail_without_a_deviation_is_a_failure(tmp_path: Path) -> None:
    body = """
class TestIt(Base):
    @pytest.fixture
    def witness(self):
        pytest.xfail("known")
"""
    outcome = Outcome(tmp_path, body, "-k", "test_delete")
    assert outcome.code == 1
    assert outcome.case("test_delete")["outcome"] == "failed"


@pytest.mark.parametrize(
    ("driver", "days", "code", "told"),
    [
        ("Strips", 30, 0, "until "),
        ("Strips", -1, 1, "the deviation expired on"),
        ("ModelDriver", 30, 1, "XPASS(strict)"),
        ("ModelDriver", -1, 1, "the deviation expired on"),
    ],
    ids=["holds", "expired", "needless", "needless-and-expired"],
)
def test_a_deviation(tmp_path: Path, driver: str, days: int, code: int, told: str) -> None:
    body = f"""
class TestIt(Base):
    deviations = [Deviation("test_an_odd_id_comes_back[ends-in-space]", "it strips", TODAY + timedelta({days}))]

    @pytest.fixture
    def driver(self):
        return {driver}(ModelSettings())
"""
    outcome = Outcome(tmp_path, body, "-k", "ends-in-space")
    assert outcome.code == code, outcome.text
    case = outcome.case("test_an_odd_id_comes_back[ends-in-space]")
    assert case["outcome"] == ("failed" if code else "deviates")
    assert case["deviation"]["reason"] == "it strips"
    assert told in outcome.text


def test_a_hang_ends(tmp_path: Path) -> None:
    body = """
class TestIt(Base):
    timeout = 0.3

    @pytest.fixture
    def driver(self):
        driver = ModelDriver(ModelSettings(deadline=1))
        driver.delete = lambda location, identity: time.sleep(10)
        return driver
"""
    outcome = Outcome(tmp_path, body, "-k", "test_delete_twice")
    assert outcome.code == 1
    assert "Timeout" in outcome.case("test_delete_twice")["message"]


def test_what_is_left_behind_is_named(tmp_path: Path) -> None:
    body = """
class TestIt(Base):
    @pytest.fixture
    def driver(self):
        driver = ModelDriver(ModelSettings())
        driver.upload_type = type("Leaving", (ModelDriver.upload_type,), {"abort": lambda self: None})
        return driver
"""
    outcome = Outcome(tmp_path, body, "-k", "test_a_short_source")
    assert outcome.code == 1
    assert "left behind in the backend: ['staged-" in outcome.text


def test_no_report_tells_a_secret(tmp_path: Path) -> None:
    body = """
class TestIt(Base):
    @pytest.fixture
    def driver(self):
        driver = ModelDriver(ModelSettings())
        def delete(location, identity):
            raise OSError("refused for model-passw0rd")
        driver.delete = delete
        return driver
"""
    outcome = Outcome(tmp_path, body, "-k", "test_delete_twice")
    assert outcome.code == 1
    assert "refused for ***" in outcome.case("test_delete_twice")["message"]


def test_other_runs_are_left_alone(tmp_path: Path) -> None:
    probe = """
import sys
def test_it():
    assert not [name for name in sys.modules if name.startswith("orlop.") and not name.startswith("orlop.gate")]
    assert "orlop.gate.suite" not in sys.modules
"""
    module = tmp_path / "test_it.py"
    module.write_text(probe)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        str(tmp_path / "none.ini"),
        str(module),
    ]
    (tmp_path / "none.ini").write_text("[pytest]\n")
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert "orlop" not in run.stdout


def test_a_case_cannot_be_replaced() -> None:
    with pytest.raises(TypeError, match="replaces test_delete"):
        type("TestIt", (Gate,), {"test_delete": None})


@pytest.mark.parametrize(
    ("case", "told"),
    [("test_delete", "every driver must pass"), ("test_delete[x]", "every driver must pass"), ("test_it", "no case")],
)
def test_a_deviation_that_is_refused(case: str, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        type("TestIt", (Gate,), {"deviations": [Deviation(case, "why", today())]})


def test_a_deviation_has_a_reason_and_an_end() -> None:
    with pytest.raises(ValueError, match="reason"):
        Deviation("test_x", " ", today())
    with pytest.raises(ValueError, match="year"):
        Deviation("test_x", "why", today() + timedelta(400))
