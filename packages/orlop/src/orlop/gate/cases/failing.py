"""A backend that fails: each failure has its own class of error, and leaves nothing behind."""

from __future__ import annotations

import pytest

from orlop.capabilities import Capability
from orlop.errors import PermissionDenied, StoreError, StoreFull, Unavailable
from orlop.gate.claim import minimum
from orlop.gate.content import payload
from orlop.gate.trial import Trial

_KINDS: dict[str, type[StoreError]] = {kind.__name__: kind for kind in (StoreFull, PermissionDenied, Unavailable)}


class Failing:
    """The failures that the author can bring about (the `faults` fixture)."""

    @minimum
    @pytest.mark.parametrize("kind", _KINDS)
    def test_failure(self, trial: Trial, kind: str) -> None:
        fault = trial.faults.get(_KINDS[kind])
        if fault is None:
            trial.note(f"not shown: 'faults' has no {kind}")
            return
        image = trial.image()
        with fault():
            if trial.has(Capability.WRITE_ACCESS):
                with trial.raises(_KINDS[kind]):
                    trial.put(trial.new_id(), payload(trial.big, 1))
            else:
                with trial.raises(_KINDS[kind]):
                    trial.read(image.location)
        trial.becomes_whole(image)
        trial.note(f"shown: {kind}")
