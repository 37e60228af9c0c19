from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.cli.conftest import Cli


class Gate:
    """Stands in for the gate: keeps what it is asked, and answers what it is told to."""

    def __init__(self) -> None:
        self.status = 0
        self.asked: dict[str, Any] = {}
        self.signal: signal.Signals | None = None

    def run(self, name: str, settings: Any, **options: Any) -> int:
        self.asked = {"name": name, "driver": settings.driver, **options}
        print("what pytest says")  # noqa: T201
        if self.signal is not None:
            try:
                signal.raise_signal(self.signal)
            except KeyboardInterrupt:
                return 2
        options["json"].write_text(json.dumps({"schema": 1}))
        return self.status


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    made = Gate()
    package, module = ModuleType("orlop.gate"), ModuleType("orlop.gate.live")
    module.run_gate = made.run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "orlop.gate", package)
    monkeypatch.setitem(sys.modules, "orlop.gate.live", module)
    return made


def test_the_gate_is_given_the_store_and_the_reports(cli: Cli, gate: Gate, tmp_path: Path) -> None:
    outcome = cli(
        "gate",
        "small",
        "--json-report",
        "r.json",
        "--junit",
        "j.xml",
        "--html",
        "r.html",
        "--cases",
        "put",
        "--settle",
        "2",
    )
    assert (outcome.code, outcome.text) == (0, "what pytest says\n")
    assert gate.asked == {
        "name": "small", "driver": "memory", "json": Path("r.json"), "junit": "j.xml", "html": "r.html", "cases": "put", "settle": 2.0,
    }  # fmt: skip
    assert json.loads((tmp_path / "r.json").read_text()) == {"schema": 1}


def test_a_gate_that_fails(cli: Cli, gate: Gate) -> None:
    gate.status = 1
    outcome = cli("gate", "small", "--json")
    assert outcome.code == 1
    assert outcome.document == {"store": "small", "passed": False, "report": {"schema": 1}}
    assert outcome.err == "what pytest says\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_gate_that_is_ended(cli: Cli, gate: Gate, number: signal.Signals, code: int) -> None:
    gate.signal = number
    assert cli("gate", "small").code == code


def test_without_the_extra(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "orlop.gate.live", None)
    outcome = cli("gate", "small")
    assert outcome.code == 1
    assert "pip install 'orlop[gate]'" in outcome.err
