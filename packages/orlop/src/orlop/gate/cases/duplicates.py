"""Images are immutable: a second one of the same id is refused, and the first one stays as it is."""

from __future__ import annotations

import pytest

from orlop.capabilities import Capability
from orlop.errors import AlreadyExists
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload
from orlop.gate.trial import Trial


class Duplicates:
    """The same id again."""

    @minimum
    @proves(Capability.WRITE_ACCESS)
    @pytest.mark.parametrize("known", [True, False], ids=["size-known", "size-unknown"])
    @pytest.mark.parametrize("size", ["empty", "many-blocks"])
    def test_a_second_image_of_an_id_is_refused(self, trial: Trial, size: str, known: bool) -> None:
        image = trial.image()
        data = payload(0 if size == "empty" else trial.big, 1)
        with trial.raises(AlreadyExists):
            trial.put(image.image_id, data, size=len(data) if known else None)
        trial.becomes_whole(image)

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_the_same_image_again_is_refused(self, trial: Trial) -> None:
        image = trial.image()
        with trial.raises(AlreadyExists):
            trial.put(image.image_id, image.data)
        trial.becomes_whole(image)
