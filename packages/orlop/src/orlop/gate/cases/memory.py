"""Memory: bounded by lanes and blocks, whatever the image's size; measured in a process of its own."""

from __future__ import annotations

from orlop.capabilities import Capability
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload
from orlop.gate.process import Child
from orlop.gate.trial import Trial

_FEW = 12
"""Blocks beside those in the lanes: being read, before each digest, waiting, and what the allocator keeps."""
_AHEAD = 8 * 1024 * 1024
_SLACK = 48 * 1024 * 1024


class Memory:
    """A terabyte fits through a small process."""

    @minimum
    @proves(Capability.READ_ACCESS)
    def test_memory_has_a_ceiling(self, trial: Trial) -> None:
        size = trial.ceiling_size
        location: str | None = None
        image_id, ceiling = trial.new_id(), 0
        if trial.has(Capability.WRITE_ACCESS):
            upload = trial.driver.upload(trial.new_id(), None)
            upload.abort()
            ceiling = (upload.lanes + _FEW) * upload.block_size + _SLACK
            assert ceiling < size, f"'ceiling_size' must be more than {ceiling} bytes to show anything"
        else:
            location = trial.image(size).location
            payload.cache_clear()

        with Child(
            "measure", trial.reopen, image_id=image_id, size=size, piece=trial.block, location=location
        ) as child:
            measured = child.answer()

        if location is None and not trial.witness.in_process:
            location = trial.keep(measured["location"])
        assert measured["bytes"] == size, "the image has another size"
        if trial.witness.in_process:
            trial.note("the backend is in the process: only reading is measured")
        elif "put" in measured:
            assert measured["put"] <= ceiling, f"a put of {size} bytes took {measured['put']} bytes of memory"
        blob = trial.driver.open(location if location is not None else trial.image(1).location)
        blob.close()
        limit = (blob.lanes + 2) * blob.segment + _AHEAD + _SLACK
        assert measured["read"] <= limit, f"reading {size} bytes took {measured['read']} bytes of memory"
