"""Closing and opening again: nothing is in the driver object that is not in the backend."""

from __future__ import annotations

from orlop.capabilities import Capability
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload
from orlop.gate.trial import Trial
from orlop.store import Store

_MORE_THAN_IS_READ_AHEAD = 16 * 1024 * 1024


class Closing:
    """Driver objects come and go."""

    @minimum
    @proves(Capability.READ_ACCESS)
    def test_another_driver_object_sees_the_same(self, trial: Trial) -> None:
        image = trial.image()
        if trial.witness.in_process:
            trial.note("the backend ends with its process")
            return
        with Store("gate", trial.reopen()) as other:
            with other.open(image.location) as reader:
                assert reader.read() == image.data
            assert other.stat(image.location) == trial.store.stat(image.location)

    @proves(Capability.READ_ACCESS)
    def test_an_open_reader_outlives_its_store(self, trial: Trial) -> None:
        other = Store("gate", trial.reopen())
        size = max(trial.big, _MORE_THAN_IS_READ_AHEAD)
        if trial.witness.in_process:
            location, data = other.put(trial.new_id(), payload(size)).location, payload(size)
        else:
            image = trial.image(size)
            location, data = image.location, image.data
        with other.open(location) as reader:
            assert reader.read(1) == data[:1]
            other.close()
            other.close()
            assert reader.read() == data[1:]
