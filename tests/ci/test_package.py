"""The job of a driver in a package of its own: what the package says, and what is made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from orlop.lifecycle.evidence import read_results

from ci import __main__ as command
from ci import baseline, job, package
from ci.outcome import FAILED, PASSED, SKIPPED, Outcome
from ci.plugin.glance_run.order import Order
from ci.stestr import Run
from ci.suites import FUNCTIONAL, Suite
from tests.ci.repository import commit

SAID = """
driver = "my-store"
server = "tapes ${TAPES}"
[settings]
root = "{folder}/{store}-{process}"
size = 3
[[exception]]
test = "glance.tests.functional.v2.test_discovery.TestDiscovery.test_stores"
outcome = "failed"
reason = "it asserts what Glance shows of file stores"
"""
GATE = {
    "class": "T",
    "driver": "my-store",
    "server": None,
    "passed": True,
    "missing": [],
    "seconds": 2.0,
    "capabilities": {"claimed": ["LIST"], "lost": [], "proved": ["LIST"]},
    "cases": [{"case": "test_list", "outcome": "passed", "seconds": 2.0, "message": ""}],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TAPES", "7")
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci/glance.toml").write_text(SAID)
    (tmp_path / "build").mkdir()
    (tmp_path / "build/gate.json").write_text(json.dumps({"schema": 1, "gates": [GATE, GATE | {"driver": "other"}]}))
    return tmp_path


def test_what_it_says(folder: Path) -> None:
    found = package.load(folder)
    with found.driver.serve() as backend:
        order = job.order(found.driver, backend)
        scratch = Path(str(order.options["orlop_settings"]["root"])).parent
        assert scratch.is_dir()
        assert order.options == {"orlop_settings": {"root": f"{scratch}/{{store}}-{{process}}", "size": "3"}}
        assert (order.driver, order.scheme, backend.version) == ("my-store", "", "tapes 7")
    assert not scratch.exists()
    assert [(one.test.rpartition(".")[2], one.drivers) for one in found.exceptions] == [("test_stores", ("my-store",))]
    assert [gate["driver"] for gate in found.own_gate().gates] == ["my-store"]
    assert found.own_gate().passed


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("=", "Invalid"),
        ("", "driver and settings are needed"),
        ('driver = "x"', "driver and settings are needed"),
        ('driver = "x"\nsuites = 3\n[settings]', r"not \['suites'\]"),
        ('driver = "x"\n[settings]\na = "${NO_SUCH_THING}"', "the environment has no NO_SUCH_THING"),
        (
            'driver = "x"\n[settings]\n[[exception]]\ntest = "t"',
            r"an exception has test, outcome and reason; not \['test'\]",
        ),
    ],
)
def test_what_it_says_wrongly(folder: Path, said: str, told: str) -> None:
    (folder / "ci/glance.toml").write_text(said)
    with pytest.raises(package.BadPackage, match=rf"ci/glance.toml: .*{told}"):
        package.load(folder)


def test_what_is_missing_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "build/gate.json").write_text("{}")
    with pytest.raises(package.BadPackage, match="is no report of a gate"):
        package.load(folder).own_gate()
    (folder / "build/gate.json").unlink()
    assert command.main(["package", str(folder)]) == command.CANNOT
    assert "build/gate.json is missing: run ci/gate first" in capsys.readouterr().err
    (folder / "ci/glance.toml").unlink()
    assert command.main(["package", str(folder)]) == command.CANNOT
    assert "ci/glance.toml: No such file or directory" in capsys.readouterr().err


def test_a_gate_of_another_driver_is_none(folder: Path) -> None:
    (folder / "build/gate.json").write_text(json.dumps({"gates": [GATE | {"driver": "other"}]}))
    assert package.load(folder).own_gate().problems == ("no gate of the driver my-store has been run",)


def test_its_commit(folder: Path) -> None:
    found = package.load(folder)
    assert found.commit() == "unknown"
    head = commit(folder)
    assert found.commit() == head
    (folder / "new.py").touch()
    assert found.commit() == f"{head}+"


@pytest.fixture
def glance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """How Glance's tests end, where that is not as the baseline has it."""
    record = baseline.load().suites["functional"]
    otherwise = {"glance.tests.functional.v2.test_discovery.TestDiscovery.test_stores": FAILED}

    def run(suite: Suite, *, order: Order, **_: Any) -> Run:
        assert (suite, order.driver) == (FUNCTIONAL, "my-store")
        ends = {**dict.fromkeys(record.passed, PASSED), **dict.fromkeys(record.skipped, SKIPPED), **otherwise}
        return Run(
            suite, tuple(Outcome(test, end) for test, end in ends.items()), 9.0, {"my-store": 3}, tmp_path / "log"
        )

    monkeypatch.setattr(job.stestr, "run", run)  # type: ignore[attr-defined]
    monkeypatch.setattr(job, "source", lambda: tmp_path)
    monkeypatch.setattr(job, "with_package", lambda _: Path())
    monkeypatch.setattr(job, "versions", lambda _: {"orlop": "1", "glance-store": "6", "glance": "33"})
    return otherwise


def test_green_is_a_result_that_the_rules_read(folder: Path, glance: dict[str, str]) -> None:
    assert command.main(["package", str(folder)]) == command.GREEN
    for name in ("gate.json", "result.json"):
        (found,) = read_results([folder / "build/glance" / name])
        assert found.green
        assert (found.driver, sorted(found.suites)) == ("my-store", ["glance-functional", "orlop-gate"])
        assert found.servers == ("tapes 7",)
    kept = json.loads((folder / "build/glance/gate.json").read_text())
    assert list(kept["glance"][0]["otherwise"].values()) == ["failed"]


def test_red_leaves_nothing_to_carry(folder: Path, glance: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    glance["glance.tests.functional.v2.test_images.TestImagesSingleStore.test_image_lifecycle"] = FAILED
    assert command.main(["package", str(folder)]) == command.RED
    assert "gate my-store: NOT PASSED" in capsys.readouterr().out
    assert not (folder / "build/glance/gate.json").exists()
