"""The memory of several uploads at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from orlop.ration import CROWD, Portion, Ration, Share

BLOCK = 100


def nothing() -> None:
    return


def gives_up() -> None:
    raise TimeoutError


def filled(ration: Ration) -> tuple[Share, list[Portion]]:
    """An upload that has all on its way that there is room for."""
    share = ration.share(BLOCK)
    return share, [share.take(BLOCK, nothing) for _ in range(CROWD)]


def test_one_alone_is_not_limited() -> None:
    share, _ = filled(Ration(0))
    share.take(BLOCK, gives_up)
    assert share.held == (CROWD + 1) * BLOCK


def test_who_has_nothing_never_waits_and_who_has_something_does() -> None:
    ration = Ration(0)
    filled(ration)
    late = ration.share(BLOCK)
    late.take(BLOCK, gives_up)
    with pytest.raises(TimeoutError):
        late.take(BLOCK, gives_up)
    assert late.held == BLOCK


def test_a_block_is_given_back_by_the_last_who_uses_it() -> None:
    ration = Ration(0)
    share, portions = filled(ration)
    ration.share(BLOCK)
    portions[0].join()
    portions[0].leave()
    with pytest.raises(TimeoutError):
        share.take(BLOCK, gives_up)
    portions[0].leave()
    share.take(BLOCK, gives_up)


def test_what_an_ended_upload_held_is_there_for_others() -> None:
    ration = Ration(0)
    ended, _ = filled(ration)
    share = ration.share(BLOCK)
    share.take(BLOCK, nothing)
    ended.close()
    ration.share(BLOCK)
    share.take(BLOCK, gives_up)


def test_who_waits_goes_on_when_there_is_room() -> None:
    ration = Ration(0)
    share, portions = filled(ration)
    ration.share(BLOCK)
    waits = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        taken = threads.submit(share.take, BLOCK, waits.set)
        assert waits.wait(60)
        assert not taken.done()
        portions[0].leave()
        assert taken.result(60) is not None


def test_small_blocks_have_room_beside_slow_sources() -> None:
    ration = Ration(20 * BLOCK)
    for _ in range(10):
        ration.share(BLOCK).take(BLOCK, gives_up)
    fast = ration.share(BLOCK)
    assert len([fast.take(BLOCK, gives_up) for _ in range(10)]) == 10
    with pytest.raises(TimeoutError):
        fast.take(BLOCK, gives_up)
