"""Deleting: the image goes, all of it, and nothing else does."""

from __future__ import annotations

from orlop.capabilities import Capability
from orlop.errors import InUse, NotFound, StoreError
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload
from orlop.gate.judgement import Image
from orlop.gate.trial import Trial


class Deleting:
    """Once is enough."""

    @minimum
    @proves(Capability.DELETE)
    def test_delete(self, trial: Trial) -> None:
        gone, stays = trial.image(), trial.image(seed=1)
        trial.store.delete(gone.location)
        trial.becomes_absent(gone)
        trial.becomes_whole(stays)

    @minimum
    @proves(Capability.DELETE)
    def test_delete_twice(self, trial: Trial) -> None:
        image = trial.image(10)
        trial.store.delete(image.location)
        with trial.raises(NotFound):
            trial.store.delete(image.location)

    @minimum
    @proves(Capability.DELETE)
    def test_an_id_can_be_used_again(self, trial: Trial) -> None:
        image = trial.image()
        trial.store.delete(image.location)
        data = payload(trial.big, 1)
        receipt = trial.put(image.image_id, data)
        trial.becomes_whole(Image(image.image_id, receipt.location, data))

    @proves(Capability.DELETE)
    def test_a_reader_is_never_given_wrong_bytes_by_a_delete(self, trial: Trial) -> None:
        image = trial.image()
        with trial.store.open(image.location) as reader:
            head = reader.read(10)
            try:
                trial.store.delete(image.location)
            except InUse:
                trial.note("refuses to delete an image that is being read")
            try:
                rest = reader.read()
            except StoreError as error:
                trial.confidence.heard(error)
                trial.note("the reader fails")
            else:
                assert head + rest == image.data, "the reader gives other bytes"
