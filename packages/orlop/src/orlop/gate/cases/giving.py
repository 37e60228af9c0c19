"""Sources of every kind: dribbling, short, long, breaking off, stuck."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from orlop.capabilities import Capability
from orlop.errors import Mismatch
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload
from orlop.gate.judgement import Image
from orlop.gate.sources import Broken, Dribble, Stuck, breaking, dribble
from orlop.gate.trial import Trial

_FORMS: dict[str, Callable[[bytes], Any]] = {
    "read-only-file": Dribble,
    "iterable": dribble,
    "file": io.BytesIO,
    "buffer": memoryview,
}
_BREAKS: dict[str, Callable[[int], int]] = {
    "at-once": lambda _: 0,
    "in-the-first-block": lambda block: block // 2,
    "between-blocks": lambda block: 2 * block,
    "in-a-later-block": lambda block: 2 * block + 1,
}


class Giving:
    """Where the bytes come from does not matter; that they come does."""

    @minimum
    @proves(Capability.WRITE_ACCESS)
    @pytest.mark.parametrize("form", _FORMS)
    def test_source(self, trial: Trial, form: str) -> None:
        image_id, data = trial.new_id(), payload(trial.big)
        receipt = trial.put(image_id, _FORMS[form](data))
        trial.becomes_whole(Image(image_id, receipt.location, data))

    @minimum
    @proves(Capability.WRITE_ACCESS)
    @pytest.mark.parametrize("by", ["one-byte", "everything"])
    def test_a_short_source_leaves_nothing(self, trial: Trial, by: str) -> None:
        data = payload(trial.big) if by == "one-byte" else b""
        with trial.raises(Mismatch):
            trial.put(trial.new_id(), data, size=trial.big + 1)

    @minimum
    @proves(Capability.WRITE_ACCESS)
    @pytest.mark.parametrize("by", ["one-byte", "many-blocks"])
    def test_a_long_source_leaves_nothing(self, trial: Trial, by: str) -> None:
        announced = trial.big - 1 if by == "one-byte" else 1
        with trial.raises(Mismatch):
            trial.put(trial.new_id(), payload(trial.big), size=announced)

    @minimum
    @proves(Capability.WRITE_ACCESS)
    @pytest.mark.parametrize("known", [True, False], ids=["size-known", "size-unknown"])
    @pytest.mark.parametrize("when", _BREAKS)
    def test_a_breaking_source_leaves_nothing(self, trial: Trial, when: str, known: bool) -> None:
        image_id, error = trial.new_id(), Broken("the source broke")
        given = payload(_BREAKS[when](trial.block))
        with pytest.raises(Broken) as caught:
            trial.put(image_id, breaking(given, error), size=trial.big if known else None)
        assert caught.value is error, "the source's error was dressed up"
        _can_be_put(trial, image_id)

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_an_interrupt_leaves_nothing(self, trial: Trial) -> None:
        image_id = trial.new_id()
        with pytest.raises(KeyboardInterrupt):
            trial.put(image_id, breaking(payload(2 * trial.block), KeyboardInterrupt()))
        _can_be_put(trial, image_id)

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_a_stuck_source_hinders_nobody(self, trial: Trial) -> None:
        image, data = trial.gone(), payload(trial.big)
        source = Stuck(data[: trial.block], data[trial.block :])
        with ThreadPoolExecutor(1) as other:
            waiting = other.submit(trial.put, image.image_id, source)
            try:
                source.wait_until_stuck()
                trial.is_absent(image)
                meanwhile = trial.image(trial.block, seed=1)
                trial.becomes_whole(meanwhile)
            finally:
                source.release.set()
            receipt = waiting.result()
        trial.becomes_whole(Image(image.image_id, receipt.location, data))

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_a_source_is_read_to_its_end_and_not_closed(self, trial: Trial) -> None:
        source = io.BytesIO(payload(trial.block + 1))
        trial.put(trial.new_id(), source)
        assert not source.closed, "the caller's file was closed"
        assert source.read() == b"", "the source was not read to its end"

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_a_refusing_listener_leaves_nothing(self, trial: Trial) -> None:
        error = Broken("the listener refuses")
        seen: list[int] = []

        def listener(_: object) -> None:
            seen.append(1)
            if len(seen) > 2:
                raise error

        with pytest.raises(Broken) as caught:
            trial.put(trial.new_id(), _pieces(trial), on_event=listener)
        assert caught.value is error, "the listener's error was dressed up"


def _pieces(trial: Trial) -> Iterator[bytes]:
    return (payload(trial.block, seed) for seed in range(4))


def _can_be_put(trial: Trial, image_id: str) -> None:
    """The id of a failed put is free: the same image can be put again at once."""
    data = payload(10)
    receipt = trial.put(image_id, data)
    trial.becomes_whole(Image(image_id, receipt.location, data))
