"""Where data are and where holes, in whatever order and form librbd reports the parts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from orlop.drivers.rbd.extents import Extents, merged
from orlop.support.refcounted import Refcounted

K = 65536


class Reporting:
    """An image whose parts are reported as given."""

    def __init__(self, parts: Sequence[tuple[int, int, bool]]) -> None:
        self._parts = parts

    def diff_iterate(
        self, offset: int, length: int, since: None, add: Callable[[int, int, bool], None], **_: Any
    ) -> None:
        for part in self._parts:
            add(*part)


class Opened:
    def __init__(self, image: Reporting) -> None:
        self.handle = Refcounted(image, lambda _: None, what="the image")


def extents(length: int) -> Extents:
    made = Extents.__new__(Extents)
    made._known, made._length, made._lock, made._data = True, length, threading.Lock(), None
    return made


def test_parts_that_are_reported_object_by_object_are_no_holes() -> None:
    """As librbd does for striped images before 16.2.8 and 17.2.1."""
    by_object = [(number * K, K, True) for number in (0, 2, 4, 1, 3, 5)]
    opened: Any = Opened(Reporting(by_object))
    assert list(extents(6 * K).cut(opened, 0, 6 * K)) == [(0, 6 * K, False)]


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([], []),
        ([(4, 8), (0, 2)], [(0, 2), (4, 8)]),
        ([(2, 6), (0, 3), (5, 9)], [(0, 9)]),
        ([(0, 9), (2, 3)], [(0, 9)]),
        ([(3, 3), (5, 5)], []),
        ([(8, 20), (12, 16)], [(8, 10)]),
        ([(-4, 2)], [(0, 2)]),
        ([(0, 2), (2, 4), (4, 6)], [(0, 6)]),
        ([(0, 2), (0, 2)], [(0, 2)]),
    ],
)
def test_parts_are_sorted_joined_and_cut_to_the_image(
    parts: list[tuple[int, int]], whole: list[tuple[int, int]]
) -> None:
    assert merged(parts, 10) == whole


def test_holes_are_what_no_part_has() -> None:
    opened: Any = Opened(Reporting([(3 * K, K, True), (0, K, False), (K, K, True)]))
    assert list(extents(5 * K).cut(opened, 0, 5 * K)) == [
        (0, K, True),
        (K, 2 * K, False),
        (2 * K, 3 * K, True),
        (3 * K, 4 * K, False),
        (4 * K, 5 * K, True),
    ]
