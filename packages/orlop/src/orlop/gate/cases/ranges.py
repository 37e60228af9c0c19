"""Ranges of an image: in it, at its end, past its end, again, and many at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from orlop.capabilities import Capability
from orlop.gate.claim import minimum, proves
from orlop.gate.trial import Trial

_ENDS: dict[str, Callable[[int, int], int]] = {
    "nothing": lambda block, size: 0,
    "one-byte": lambda block, size: 1,
    "up-to-a-block": lambda block, size: block,
    "a-byte-more": lambda block, size: block + 1,
    "all-but-one": lambda block, size: size - 1,
    "the-end": lambda block, size: size,
    "past-the-end": lambda block, size: size + block,
}
_STARTS: dict[str, Callable[[int, int], int]] = {
    "the-second-byte": lambda block, size: 1,
    "the-last-of-a-block": lambda block, size: block - 1,
    "the-second-block": lambda block, size: block,
    "the-last-byte": lambda block, size: size - 1,
    "the-end": lambda block, size: size,
    "past-the-end": lambda block, size: size + block,
}


def _ranges(size: int, count: int) -> list[tuple[int, int]]:
    chance = random.Random(size)  # noqa: S311 - test data
    return [(start, start + chance.randrange(size)) for start in (chance.randrange(size) for _ in range(count))]


class Ranges:
    """Any part of an image, and only that part."""

    @minimum
    @proves(Capability.READ_CHUNK)
    @pytest.mark.parametrize("to", _ENDS)
    def test_reading_up_to(self, trial: Trial, to: str) -> None:
        image = trial.image()
        stop = _ENDS[to](trial.block, len(image.data))
        with trial.store.open(image.location, 0, stop) as reader:
            assert reader.read() == image.data[:stop]

    @minimum
    @proves(Capability.READ_OFFSET)
    @pytest.mark.parametrize("at", _STARTS)
    def test_reading_from(self, trial: Trial, at: str) -> None:
        image = trial.image()
        start = _STARTS[at](trial.block, len(image.data))
        with trial.store.open(image.location, start) as reader:
            assert reader.read() == image.data[start:]

    @minimum
    @proves(Capability.READ_RANDOM)
    def test_the_driver_gives_exactly_the_range(self, trial: Trial) -> None:
        image = trial.image()
        blob = trial.driver.open(image.location)
        try:
            for start, stop in [*_ranges(len(image.data), 30), (3, 3), (0, len(image.data))]:
                pieces = list(blob.read(start, min(stop, len(image.data))))
                assert all(isinstance(piece, bytes) for piece in pieces), "a piece is no bytes object"
                assert b"".join(pieces) == image.data[start:stop], f"other bytes at {start} to {stop}"
        finally:
            blob.close()
            blob.close()

    @minimum
    @proves(Capability.READ_OFFSET)
    def test_seeking(self, trial: Trial) -> None:
        image = trial.image()
        with trial.store.open(image.location) as reader:
            if not reader.seekable():
                trial.note("the size is not known: no seek")
                return
            for start, stop in _ranges(len(image.data), 20):
                reader.seek(start)
                assert reader.read(stop - start) == image.data[start:stop]
            reader.seek(0)
            assert reader.read() == image.data

    @minimum
    @proves(Capability.READ_ACCESS)
    def test_reading_again_after_a_part(self, trial: Trial) -> None:
        image = trial.image()
        blob = trial.driver.open(image.location)
        try:
            part = next(blob.read())
            assert image.data.startswith(part), "the first piece is wrong"
            assert b"".join(blob.read()) == image.data, "the same blob gives other bytes the second time"
        finally:
            blob.close()
        with trial.store.open(image.location) as reader:
            assert reader.read(10) == image.data[:10]
        assert trial.read(image.location) == image.data

    @minimum
    @proves(Capability.READ_OFFSET)
    def test_many_threads_read_one_blob(self, trial: Trial) -> None:
        image = trial.image()
        starts = [start for start, _ in _ranges(len(image.data), 16)]
        blob = trial.driver.open(image.location)
        try:
            with ThreadPoolExecutor(8) as threads:
                found = list(threads.map(lambda start: b"".join(blob.read(start)), starts))
        finally:
            blob.close()
        assert all(data == image.data[start:] for start, data in zip(starts, found, strict=True))
