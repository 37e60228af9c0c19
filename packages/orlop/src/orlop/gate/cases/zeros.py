"""Zeros: they come back as zeros everywhere, and take no space where the store is SPARSE."""

from __future__ import annotations

import pytest

from orlop.capabilities import Capability
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload
from orlop.gate.judgement import Image
from orlop.gate.trial import Trial

_SHAPES = {
    "all": lambda block: bytes(3 * block + 5),
    "at-the-end": lambda block: payload(block) + bytes(2 * block + 5),
    "at-the-start": lambda block: bytes(2 * block) + payload(block + 5),
    "in-the-middle": lambda block: payload(block, 1) + bytes(2 * block) + payload(7, 2),
    "islands": lambda block: b"".join(bytes(block - 1) + b"!" + bytes(block // 2) for _ in range(3)),
    "less-than-a-block": lambda block: bytes(block // 2 + 1),
}


class Zeros:
    """Holes."""

    @minimum
    @proves(Capability.WRITE_ACCESS)
    @pytest.mark.parametrize("known", [True, False], ids=["size-known", "size-unknown"])
    @pytest.mark.parametrize("shape", _SHAPES)
    def test_zeros(self, trial: Trial, shape: str, known: bool) -> None:
        image_id, data = trial.new_id(), _SHAPES[shape](trial.block)
        receipt = trial.put(image_id, data, size=len(data) if known else None)
        assert trial.store.stat(receipt.location).size == len(data), "the size without its zeros"
        trial.becomes_whole(Image(image_id, receipt.location, data))

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.SPARSE)
    def test_holes_take_no_space(self, trial: Trial) -> None:
        data = bytes(4 * trial.block) + payload(trial.block) + bytes(4 * trial.block)
        receipt = trial.put(trial.new_id(), data)

        def check() -> None:
            allocated = trial.store.stat(receipt.location).allocated
            assert allocated is not None, "a SPARSE store must say what its images take"
            assert allocated <= len(data) // 2, f"{allocated} of {len(data)} bytes are taken, most of them by zeros"

        trial.eventually(check)

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.SPARSE)
    def test_the_grain_divides_the_block(self, trial: Trial) -> None:
        upload = trial.driver.upload(trial.new_id(), None)
        upload.abort()
        assert upload.grain > 0, "a SPARSE store has a grain"
        assert upload.block_size % upload.grain == 0, "the grain does not divide the block"
