"""10 000 parts always suffice, whether the size is known or not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orlop.drivers.s3.parts import LARGEST, MOST, Parts

MIB = 1024 * 1024
LARGEST_PART = 5 * 1024 * MIB


@pytest.mark.parametrize("least", [5 * MIB, 16 * MIB, 1024 * MIB])
@pytest.mark.parametrize("size", [None, 1, 5 * MIB + 1, MOST * 16 * MIB, MOST * 16 * MIB + 1, LARGEST])
def test_the_largest_image_fits(least: int, size: int | None) -> None:
    parts = Parts(least, size)
    offset = number = 0
    while offset < (LARGEST if size is None else size):
        number += 1
        assert parts.number_at(offset) == number
        assert least <= parts.size_at(offset) <= LARGEST_PART
        offset += parts.size_at(offset)
    assert number <= MOST


@settings(deadline=None)
@given(st.integers(0, LARGEST), st.integers(5, 64))
def test_an_offset_within_a_part_has_its_number(offset: int, least: int) -> None:
    parts = Parts(least * MIB, None)
    number, size = parts.number_at(offset), parts.size_at(offset)
    assert parts.number_at(offset + size) == number + 1 or parts.size_at(offset + size) != size


def test_memory_stays_as_it_is_for_long() -> None:
    assert Parts(16 * MIB, 600 * 1024 * MIB).least <= 64 * MIB
    assert Parts(16 * MIB, None).size_at(100 * 1024 * MIB) <= 64 * MIB
