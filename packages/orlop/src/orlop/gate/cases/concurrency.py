"""Many threads on one driver object."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from orlop.capabilities import Capability
from orlop.errors import AlreadyExists, NotFound
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload
from orlop.gate.judgement import Image
from orlop.gate.trial import Trial

_THREADS = 8
_MEETING = 2.0


def _at_once(work: Callable[[int], object]) -> list[object]:
    """Run `work` in many threads that begin together; what each gives or raises."""
    begin = threading.Barrier(_THREADS)

    def run(number: int) -> object:
        begin.wait(60)
        try:
            return work(number)
        except Exception as error:  # noqa: BLE001 - judged by the case
            return error

    with ThreadPoolExecutor(_THREADS) as threads:
        return list(threads.map(run, range(_THREADS)))


def _no_errors(outcomes: list[object]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


def _meeting(data: bytes, together: threading.Barrier) -> Iterator[bytes]:
    """The bytes, and their end at the same moment as that of the others: all commits come at once."""
    yield data
    with suppress(threading.BrokenBarrierError):  # some have been refused before
        together.wait(_MEETING)


class Concurrency:
    """One driver object, any number of threads."""

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.DRIVER_REUSABLE)
    def test_one_id_at_once_has_one_winner(self, trial: Trial) -> None:
        image_id = trial.new_id()
        data = [payload(trial.big, seed) for seed in range(_THREADS)]
        together = threading.Barrier(_THREADS)

        outcomes = _at_once(lambda number: (number, trial.put(image_id, _meeting(data[number], together)).location))

        winners = [outcome for outcome in outcomes if isinstance(outcome, tuple)]
        losers = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        for error in losers:
            with trial.raises(AlreadyExists):
                raise error
        assert len(winners) == 1, f"{len(winners)} of {_THREADS} puts of one id were told that they were first"
        number, location = winners[0]
        trial.becomes_whole(Image(image_id, location, data[number]))

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.DRIVER_REUSABLE)
    def test_different_ids_at_once(self, trial: Trial) -> None:
        images = [(trial.new_id(), payload(trial.big, seed)) for seed in range(_THREADS)]
        together = threading.Barrier(_THREADS)

        def work(number: int) -> str:
            image_id, data = images[number]
            return trial.put(image_id, _meeting(data, together)).location

        outcomes = _at_once(work)

        _no_errors(outcomes)
        for (image_id, data), location in zip(images, outcomes, strict=True):
            found = Image(image_id, str(location), data)
            trial.becomes_whole(found)

    @minimum
    @proves(Capability.READ_ACCESS | Capability.DRIVER_REUSABLE)
    def test_many_readers_at_once(self, trial: Trial) -> None:
        images = [trial.image(seed=seed) for seed in range(2)]

        outcomes = _at_once(lambda number: trial.read(images[number % 2].location) == images[number % 2].data)

        _no_errors(outcomes)
        assert all(outcomes), "a reader was given other bytes"

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.DRIVER_REUSABLE)
    def test_everything_at_once(self, trial: Trial) -> None:
        stays = trial.image()

        def work(number: int) -> None:
            for turn in range(3):
                if number % 2:
                    trial.is_whole(stays)
                    continue
                data = payload(trial.block + number, turn)
                image = Image(trial.new_id(), "", data)
                image = Image(image.image_id, trial.put(image.image_id, data).location, data)
                trial.becomes_whole(image)
                trial.store.delete(image.location)
                trial.becomes_absent(image)

        _no_errors(_at_once(work))
        trial.is_whole(stays)

    @minimum
    @proves(Capability.DELETE | Capability.DRIVER_REUSABLE)
    def test_deletes_of_one_image_at_once(self, trial: Trial) -> None:
        image = trial.image()

        outcomes = _at_once(lambda _: trial.store.delete(image.location))

        for error in filter(None, outcomes):
            assert isinstance(error, Exception)
            with trial.raises(NotFound):
                raise error
        assert None in outcomes, "no delete was told that it deleted the image"
        trial.becomes_absent(image)
