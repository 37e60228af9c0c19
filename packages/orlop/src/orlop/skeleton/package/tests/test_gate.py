"""The conformance gate: every case, on the real backend."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from orlop.errors import StoreError
from orlop.gate import Fault, Gate, Witness

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

    @pytest.fixture
    def faults(self) -> Mapping[type[StoreError], Fault]:
        """Context managers in which the backend is full, refuses, or does not answer, by the error that is due then.

        TODO: {StoreFull: ..., PermissionDenied: ..., Unavailable: ...}. What is missing here is "not shown".
        """
        return {}
