"""Deleting: the image goes, all of it, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable

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

    @minimum
    @proves(Capability.DELETE)
    def test_an_image_is_identified_or_not_found(self, trial: Trial) -> None:
        image, gone = trial.image(10), trial.gone()
        identity = trial.driver.identify(image.location)
        assert identity, "the identity is empty"
        assert trial.driver.identify(image.location) == identity, "the same image is identified otherwise now"
        with trial.driver_raises(NotFound):
            trial.driver.identify(gone.location)

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.DELETE)
    def test_a_delete_is_for_the_image_that_was_meant(self, trial: Trial) -> None:
        old = trial.image()
        delete = trial.deletion_of(old)
        delete()
        data = payload(trial.big, 1)
        new = Image(old.image_id, trial.put(old.image_id, data).location, data)
        trial.becomes_whole(new)
        # As when the answer to the first call was lost, and the engine makes it again.
        with trial.driver_raises(NotFound):
            delete()
        trial.is_whole(new)
        if new.location == old.location:
            with trial.driver_raises(NotFound):
                trial.driver.delete(new.location, trial.driver.identify(new.location) + "x")
            trial.is_whole(new)

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.DELETE)
    def test_a_reader_is_never_given_another_image_of_its_id(self, trial: Trial) -> None:
        old, data = trial.image(), payload(trial.big, 1)
        blob = trial.driver.open(old.location)
        pieces = blob.read()
        head = next(pieces)
        try:
            trial.store.delete(old.location)
        except InUse:
            trial.note("refuses to delete an image that is being read")
            blob.close()
            return
        new = Image(old.image_id, trial.put(old.image_id, data).location, data)
        _gives(trial, old.data, lambda: head + b"".join(pieces))
        _gives(trial, old.data, lambda: b"".join(blob.read()))
        if trial.has(Capability.READ_RANDOM):
            _gives(trial, old.data[3:10], lambda: b"".join(blob.read(3, 10)))
        blob.close()
        trial.becomes_whole(new)

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


def _gives(trial: Trial, due: bytes, read: Callable[[], bytes]) -> None:
    """Read from a blob whose image is gone: it gives the image's bytes, as far as it does, or fails."""
    try:
        with trial.translated():
            found = read()
    except StoreError as error:
        trial.confidence.heard(error)
        trial.note("the reader fails")
    else:
        assert due.startswith(found), "the reader gives bytes of another image"
