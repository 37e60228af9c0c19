"""How far a server is, and how many ranges are fetched at once because of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from orlop.drivers.s3.distance import Distance
from orlop.drivers.s3.driver import S3Driver

from servers.fault_proxy import FaultProxy, Way
from servers.juicefs import JuiceFS
from servers.s3_account import S3Account
from tests.drivers.s3.conftest import MIB, MakeStore, settings_for


def answering(*seconds: float) -> tuple[Callable[[], None], list[float]]:
    """A request that takes so long, each time; and the times that are left."""
    left = list(seconds)
    return lambda: time.sleep(left.pop(0)), left


def test_the_quickest_answer_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))

    near = Distance()
    ask, left = answering(0.3, 0.002, 0.3)
    near.timed(ask)
    assert not near.is_far(ask)
    assert left == [0.3], "what is known to be near is not asked again"

    far = Distance()
    ask, left = answering(0.3, 0.05, 0.06, 0.002)
    assert far.is_far(ask)
    assert far.is_far(ask)
    assert left == [0.002], "what is far is not asked for ever"
    far.timed(ask)
    assert not far.is_far(ask), "it was busy"


@pytest.fixture
def far(juicefs_plain: JuiceFS) -> Iterator[S3Account]:
    account = juicefs_plain.account
    with FaultProxy("127.0.0.1", juicefs_plain.port) as proxy:
        proxy.set(up=Way(latency=0.02), down=Way(latency=0.02))
        yield S3Account(f"http://127.0.0.1:{proxy.port}", account.access_key, account.secret_key, account.region)


@pytest.fixture(scope="module")
def juicefs_plain() -> Iterator[JuiceFS]:
    """By plain HTTP, so that the port of a proxy may stand in its name."""
    with JuiceFS() as started:
        yield started


@pytest.mark.server
def test_far_away_many_ranges_are_fetched_at_once(make_store: MakeStore, far: S3Account) -> None:
    data = bytes(range(256)) * (20 * MIB // 256)
    store, driver = make_store(far), S3Driver(settings_for(far))
    large, small = store.put("large", iter([data])).location, store.put("small", b"small").location
    assert (driver.open(large).lanes, driver.open(small).lanes) == (12, 1)
    with store.open(large) as reader:
        assert reader.read() == data
    assert S3Driver(settings_for(far, read_lanes=2)).open(large).lanes == 2
