"""The test module that `run_gate` has pytest collect: the gate on a store that is open already."""

from __future__ import annotations

from typing import Any

import pytest

from orlop.driver import Driver
from orlop.gate.live_place import Place
from orlop.gate.suite import Gate
from orlop.gate.witness import Witness


class TestLive(Gate):
    """The configured store, in its scratch place."""

    @pytest.fixture
    def driver(self, live_place: Place) -> Driver[Any]:
        """One driver object for all cases."""
        self.settle, self.store_name = live_place.settle, live_place.store_name
        return live_place.driver

    @pytest.fixture
    def witness(self, live_place: Place) -> Witness:
        """The witness that comes with the driver."""
        return live_place.witness
