"""What is not there is said to be not there, by every operation."""

from __future__ import annotations

import pytest

from orlop.capabilities import Capability
from orlop.errors import NotFound, Unsupported
from orlop.gate.claim import minimum, proves
from orlop.gate.judgement import Image
from orlop.gate.trial import Trial
from orlop.records import Acl


def _copy(trial: Trial, image: Image) -> None:
    trial.store.copy(image.location, trial.store, trial.new_id())


_READING = {
    "open": lambda trial, image: trial.read(image.location),
    "stat": lambda trial, image: trial.store.stat(image.location),
    "verify": lambda trial, image: trial.store.verify(image.location, {"md5": "0" * 32}),
}


class Absent:
    """An image that is gone is like one that never was."""

    @minimum
    @proves(Capability.READ_ACCESS)
    @pytest.mark.parametrize("operation", _READING)
    def test_not_found(self, trial: Trial, operation: str) -> None:
        image = trial.gone()
        trial.becomes_absent(image)
        with trial.raises(NotFound):
            _READING[operation](trial, image)

    @minimum
    @proves(Capability.READ_ACCESS | Capability.READ_OFFSET)
    def test_not_found_by_a_range(self, trial: Trial) -> None:
        image = trial.gone()
        with trial.raises(NotFound), trial.store.open(image.location, 3) as reader:
            reader.read()

    @minimum
    @proves(Capability.READ_ACCESS)
    def test_an_absent_image_does_not_exist(self, trial: Trial) -> None:
        there, gone = trial.image(10), trial.gone()
        assert trial.store.exists(there.location), "an image that is there does not exist"
        trial.becomes_absent(gone)

    @minimum
    @proves(Capability.DELETE)
    def test_not_found_by_delete(self, trial: Trial) -> None:
        image = trial.gone()
        with trial.raises(NotFound):
            trial.store.delete(image.location)

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_not_found_by_copy(self, trial: Trial) -> None:
        image = trial.gone()
        with trial.raises(NotFound):
            _copy(trial, image)

    @minimum
    @proves(Capability.ACL)
    def test_not_found_by_acl(self, trial: Trial) -> None:
        image = trial.gone()
        with trial.raises(NotFound):
            trial.store.set_acl(image.location, Acl(public=True))

    @minimum
    @proves(Capability.READ_ACCESS)
    def test_an_image_is_located_by_its_id_or_never(self, trial: Trial) -> None:
        there, gone = trial.image(10), trial.gone()
        try:
            assert trial.store.locate(there.image_id) == there.location, "another location than that of the receipt"
        except Unsupported:
            trial.note("does not find images by id")
            with trial.raises(Unsupported):
                trial.store.locate(gone.image_id)
        else:
            with trial.raises(NotFound):
                trial.store.locate(gone.image_id)
