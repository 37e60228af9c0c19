"""Images of every size that has ever broken a driver, with the size known before and not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orlop.capabilities import Capability
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload, sha256
from orlop.gate.judgement import Image
from orlop.gate.trial import Trial

_SIZES: dict[str, Callable[[int, int], int]] = {
    "empty": lambda block, _: 0,
    "one-byte": lambda block, _: 1,
    "block-1": lambda block, _: block - 1,
    "block": lambda block, _: block,
    "block+1": lambda block, _: block + 1,
    "two-blocks": lambda block, _: 2 * block,
    "many-blocks": lambda _, big: big,
}


class Sizes:
    """Whatever goes in comes out."""

    @minimum
    @proves(Capability.WRITE_ACCESS)
    @pytest.mark.parametrize("known", [True, False], ids=["size-known", "size-unknown"])
    @pytest.mark.parametrize("size", _SIZES)
    def test_size(self, trial: Trial, size: str, known: bool) -> None:
        data = payload(_SIZES[size](trial.block, trial.big))
        image_id = trial.new_id()

        receipt = trial.put(image_id, data, size=len(data) if known else None)

        assert receipt.size == len(data), "the receipt's size"
        assert receipt.digests["sha256"] == sha256(data), "the receipt's digest"
        assert trial.store.stat(receipt.location).size == len(data), "the size that stat gives"
        trial.becomes_whole(Image(image_id, receipt.location, data))

    @minimum
    @proves(Capability.READ_ACCESS)
    @pytest.mark.parametrize("size", _SIZES)
    def test_read_size(self, trial: Trial, size: str) -> None:
        image = trial.image(_SIZES[size](trial.block, trial.big), seed=1)

        with trial.store.open(image.location) as reader:
            assert reader.size in {len(image.data), None}, "the reader's size"
            pieces = list(reader)
            assert reader.read() == b"", "something comes after the end"
        assert all(pieces), "an empty piece was given"
        assert b"".join(pieces) == image.data, "the bytes are others"
