"""When a failed call is tried again: the waits grow, and the time that the settings give is the limit that is met."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import stamina
from orlop.errors import BackendError, StoreError, Unavailable
from orlop.retrying import Patience


class Clock:
    """A clock that goes on only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Clock()
    monkeypatch.setattr("orlop.retrying.time", SimpleNamespace(monotonic=made.monotonic))
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=made.sleep))
    with stamina.set_testing(False):
        yield made


def tried(clock: Clock, patience: Patience, failure: StoreError, *, until: float = float("inf")) -> float:
    """Call what fails until a time, and say when it did not any more."""
    for attempt in patience.attempts():
        with attempt:
            if clock.now < until:
                raise failure
    return clock.now


def patience(tries: int = 100, seconds: float = 120.0) -> Patience:
    return Patience(tries, seconds, nullcontext)


def test_an_outage_of_eight_seconds_is_outlived(clock: Clock) -> None:
    assert 8 <= tried(clock, patience(), Unavailable("503"), until=8) < 15


def test_the_time_is_used_up_and_the_last_try_comes_at_its_end(clock: Clock) -> None:
    with pytest.raises(Unavailable):
        tried(clock, patience(), Unavailable("503"))
    assert clock.now == pytest.approx(120)
    assert len(clock.waits) < 60


@pytest.mark.parametrize("seconds", [1.0, 120.0, 3600.0])
def test_waits_grow_to_a_share_of_the_time(clock: Clock, seconds: float) -> None:
    with pytest.raises(Unavailable):
        tried(clock, patience(seconds=seconds), Unavailable("503"))
    assert clock.now == pytest.approx(seconds)
    assert clock.waits[0] < 0.2
    assert max(clock.waits) <= 1.25 * max(5.0, seconds / 24)


def test_no_try_comes_sooner_than_the_backend_asks(clock: Clock) -> None:
    assert tried(clock, patience(), Unavailable("503", retry_after=8.0), until=8) == pytest.approx(8)
    assert clock.waits == [pytest.approx(8)]


def test_a_backend_that_asks_for_more_than_there_is_is_not_asked_again(clock: Clock) -> None:
    with pytest.raises(Unavailable) as caught:
        tried(clock, patience(), Unavailable("503", retry_after=3600.0))
    assert clock.waits == []
    assert caught.value.retry_after == 3600.0


def test_the_number_of_tries_ends_it_sooner(clock: Clock) -> None:
    with pytest.raises(Unavailable):
        tried(clock, patience(tries=3), Unavailable("503"))
    assert len(clock.waits) == 2


@pytest.mark.parametrize(("tries", "seconds"), [(1, 120.0), (100, 0.0)])
def test_once_is_once(clock: Clock, tries: int, seconds: float) -> None:
    with pytest.raises(Unavailable):
        tried(clock, patience(tries, seconds), Unavailable("503", retry_after=0.0))
    assert clock.waits == []


@pytest.mark.parametrize("failure", [BackendError("400"), Unavailable.hanging("no answer")])
def test_what_does_not_pass_and_what_hangs_is_not_tried_again(clock: Clock, failure: StoreError) -> None:
    with pytest.raises(type(failure)):
        tried(clock, patience(), failure)
    assert clock.waits == []


def test_each_failure_that_is_tried_again_is_heard_of(clock: Clock) -> None:
    heard: list[StoreError] = []
    with pytest.raises(Unavailable):
        tried(clock, Patience(4, 120.0, nullcontext, heard.append), Unavailable("503"))
    assert len(heard) == 3


def test_what_somebody_has_to_mend_is_not_waited_for(clock: Clock) -> None:
    with pytest.raises(Unavailable, match="mount it"):
        tried(clock, patience(), Unavailable.until_mended("not mounted; mount it"))
    assert clock.waits == []
