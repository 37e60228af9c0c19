"""Listings: every item, or an error; never a list that is silently short."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from orlop import Store, Unavailable
from orlop.errors import BackendError
from orlop.records import Leftover, Stat

from tests.core.faulty import FaultyDriver, Passing, store_of
from tests.core.test_crew import wait_for

MANY = 700


class Broken(FaultyDriver):
    """Lists many images, and asks `broken` before each."""

    def __init__(self) -> None:
        super().__init__(attempts=4)
        self.broken: Callable[[int], None] = lambda _: None
        self.names = [f"image-{number}" for number in range(MANY)]

    def list(self) -> Iterator[Stat]:
        self.step("list")
        for number, name in enumerate(list(self.names)):
            self.broken(number)
            yield Stat(f"memory://{name}", 1, name)

    def leftovers(self) -> Iterator[Leftover]:
        self.step("list")
        for number, name in enumerate(self.names):
            self.broken(number)
            yield Leftover(name, 1)


@pytest.fixture
def driver() -> Broken:
    return Broken()


def breaks(at: int, times: int) -> Callable[[int], None]:
    left = [times]

    def broken(number: int) -> None:
        if number == at and left[0]:
            left[0] -= 1
            raise Passing("the connection broke")

    return broken


def listed(store: Store) -> list[str | None]:
    return [stat.image_id for stat in store.list()]


@pytest.mark.parametrize("at", [0, 100, 255, 256, 300, 699])
def test_a_listing_that_breaks_off_is_begun_anew_and_gives_everything_once(
    driver: Broken, store: Store, at: int
) -> None:
    driver.broken = breaks(at, 2)
    assert listed(store) == driver.names
    assert driver.counts["list"] == 3


def test_leftovers_are_listed_as_safely(driver: Broken, store: Store) -> None:
    driver.broken = breaks(600, 1)
    assert [one.place for one in store.leftovers()] == driver.names


def test_a_listing_that_keeps_breaking_off_ends_with_an_error_that_says_how_far_it_came(
    driver: Broken, store: Store
) -> None:
    driver.broken = breaks(300, 10**6)
    found: list[str | None] = []
    with pytest.raises(Unavailable, match="the connection broke") as caught:
        found.extend(stat.image_id for stat in store.list())
    assert found == driver.names[:300]
    assert "broke off after 300 items" in "".join(caught.value.__notes__)
    assert driver.counts["list"] == 4


def test_a_listing_whose_answer_makes_no_sense_is_an_error(driver: Broken, store: Store) -> None:
    def broken(number: int) -> None:
        if number == 300:
            raise KeyError("Key")

    driver.broken = broken
    with pytest.raises(BackendError, match="KeyError"):
        listed(store)


def test_what_comes_and_goes_while_it_is_begun_anew_is_neither_doubled_nor_an_error(
    driver: Broken, store: Store
) -> None:
    before = list(driver.names)

    def broken(number: int) -> None:
        if number == 300 and len(driver.names) == MANY:
            driver.names = ["new-1", *driver.names[10:]]
            raise Passing("the connection broke")

    driver.broken = broken
    found = listed(store)
    assert len(found) == len(set(found))
    assert set(found) == {*before, "new-1"}


def test_a_driver_that_lists_an_image_twice_is_not_helped(driver: Broken, store: Store) -> None:
    driver.names += ["image-0"]
    assert listed(store).count("image-0") == 2


def test_no_more_than_a_page_is_fetched_at_once(driver: Broken, store: Store) -> None:
    asked: list[int] = []
    driver.broken = asked.append
    some = store.list()
    assert next(some).image_id == "image-0"
    assert len(asked) == 256


def test_a_listing_that_is_given_up_is_not_gone_through_any_further(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless one, of an evil server: nobody waits for it any more, so its thread ends."""
    monkeypatch.setattr("orlop.listing._PAGE", 10**12)
    driver = FaultyDriver(deadline=0.2)
    store = store_of(driver)
    driver.list = lambda: (Stat(f"memory://{number}", 1) for number in count())  # type: ignore[method-assign]
    with pytest.raises(Unavailable, match=r"no answer within 0\.2 s"):
        list(store.list())
    wait_for(lambda: store._calls.crew.hung == 0)
