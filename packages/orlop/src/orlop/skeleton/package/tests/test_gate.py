"""The conformance gate: every case, on the real backend."""

from pathlib import Path

import pytest
from orlop.gate import Gate, Witness

from orlop_example.driver import ExampleDriver
from orlop_example.settings import ExampleSettings
from orlop_example.witness import ExampleWitness


class TestExample(Gate):
    """What the driver fails for a reason that you can name becomes a `Deviation`, with the day on which it ends."""

    @pytest.fixture
    def driver(self, tmp_path: Path) -> ExampleDriver:
        """The driver on its backend. TODO: start yours here, or say where it is."""
        return ExampleDriver(ExampleSettings(root=tmp_path / "images"))

    @pytest.fixture
    def witness(self, driver: ExampleDriver) -> Witness:
        """Another look at the same backend."""
        return ExampleWitness(driver)
