"""Giving up, at every moment: nothing is left behind. What is left is found by the look after each case."""

from __future__ import annotations

import pytest

from orlop.capabilities import Capability
from orlop.driver import Upload
from orlop.errors import AlreadyExists
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload
from orlop.gate.judgement import Image
from orlop.gate.trial import Trial

_PHASES = ["begun", "one-block", "all-blocks"]


def _up_to(phase: str, trial: Trial, image_id: str) -> Upload:
    upload = trial.driver.upload(image_id, trial.big)
    data = payload(trial.big)
    if phase == "one-block":
        upload.write(0, data[: trial.block])
    elif phase == "all-blocks":
        trial.fill(upload, data)
    return upload


class Aborting:
    """`abort` after everything that can have happened before."""

    @minimum
    @proves(Capability.WRITE_ACCESS)
    @pytest.mark.parametrize("phase", _PHASES)
    def test_abort(self, trial: Trial, phase: str) -> None:
        image = trial.gone()
        _up_to(phase, trial, image.image_id).abort()
        trial.becomes_absent(image)

    @minimum
    @proves(Capability.WRITE_ACCESS)
    @pytest.mark.parametrize("phase", _PHASES)
    def test_abort_twice(self, trial: Trial, phase: str) -> None:
        upload = _up_to(phase, trial, trial.new_id())
        upload.abort()
        upload.abort()

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_abort_of_one_upload_spares_the_other(self, trial: Trial) -> None:
        image_id, data = trial.new_id(), payload(trial.big)
        first, second = trial.driver.upload(trial.new_id(), None), trial.driver.upload(image_id, None)
        trial.fill(first, payload(trial.big, 1))
        second.write(0, data[: trial.block])
        first.abort()
        for at in range(trial.block, len(data), trial.block):
            second.write(at, data[at : at + trial.block])
        location = trial.keep(second.commit(len(data), {}))
        trial.becomes_whole(Image(image_id, location, data))

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_commit_after_another_one_was_first(self, trial: Trial) -> None:
        image_id, data = trial.new_id(), payload(trial.big)
        late = trial.driver.upload(image_id, None)
        trial.fill(late, payload(trial.big, 1))
        location = trial.put(image_id, data).location
        with trial.driver_raises(AlreadyExists):
            late.commit(trial.big, {})
        late.abort()
        late.abort()
        trial.becomes_whole(Image(image_id, location, data))

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_abort_when_another_one_was_first(self, trial: Trial) -> None:
        image_id, data = trial.new_id(), payload(trial.big)
        late = trial.driver.upload(image_id, None)
        trial.fill(late, payload(trial.big, 1))
        location = trial.put(image_id, data).location
        late.abort()
        trial.becomes_whole(Image(image_id, location, data))

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_abort_after_a_commit_that_nobody_heard_of(self, trial: Trial) -> None:
        image_id, data = trial.new_id(), payload(trial.big)
        upload = trial.driver.upload(image_id, None)
        trial.fill(upload, data)
        image = Image(image_id, upload.commit(len(data), {}), data)
        upload.abort()
        trial.becomes_absent(image)
        upload.abort()

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_an_aborted_id_is_free(self, trial: Trial) -> None:
        image_id = trial.new_id()
        _up_to("all-blocks", trial, image_id).abort()
        data = payload(10, 1)
        receipt = trial.put(image_id, data)
        trial.becomes_whole(Image(image_id, receipt.location, data))
