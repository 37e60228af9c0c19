"""The conformance gate: proves on the real backend what a driver claims.

    class TestMine(Gate):
        @pytest.fixture
        def driver(self):
            return MyDriver(MySettings(...))

        @pytest.fixture
        def witness(self, driver):
            return MyWitness(driver)

The pytest plugin (`orlop.gate.plugin`, active wherever orlop is installed) runs the cases, looks after each of them for
what was left behind, and prints and writes the reports. `run_gate` does the same for a configured store.

Names are loaded when they are first used: the plugin is part of every pytest run, also of those without a gate.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orlop.gate.deviation import Deviation
    from orlop.gate.live import run_gate
    from orlop.gate.suite import Gate
    from orlop.gate.trial import Fault
    from orlop.gate.witness import Witness

_HOME_OF = {"Deviation": "deviation", "Fault": "trial", "Gate": "suite", "Witness": "witness", "run_gate": "live"}

__all__ = ["Deviation", "Fault", "Gate", "Witness", "run_gate"]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'orlop.gate' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"orlop.gate.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
