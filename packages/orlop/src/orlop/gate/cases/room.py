"""Space: what the store holds and what still fits."""

from __future__ import annotations

from orlop.capabilities import Capability
from orlop.gate.claim import minimum, proves
from orlop.gate.trial import Trial


class Room:
    """Numbers that can be true."""

    @minimum
    @proves(Capability.SPACE)
    def test_space_can_be_true(self, trial: Trial) -> None:
        space = trial.store.space()
        assert 0 <= space.free <= space.total, f"free is not within total: {space}"
        assert 0 <= space.used <= space.total, f"used is not within total: {space}"

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.SPACE)
    def test_what_fits_by_the_space_fits(self, trial: Trial) -> None:
        assert trial.store.space().free >= trial.big, "the gate needs a store with more room than one image"
        trial.image()
