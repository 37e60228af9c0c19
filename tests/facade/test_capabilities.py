"""The masks, the mask of a store, and `check`."""

from __future__ import annotations

import itertools
import logging
from typing import Any

import pytest
from glance_store import exceptions
from glance_store.capabilities import BitMasks, StoreCapability, check

VALUES = {
    "NONE": 0,
    "ALL": 255,
    "READ_ACCESS": 1,
    "READ_OFFSET": 3,
    "READ_CHUNK": 5,
    "READ_RANDOM": 7,
    "WRITE_ACCESS": 8,
    "WRITE_OFFSET": 24,
    "WRITE_CHUNK": 40,
    "WRITE_RANDOM": 56,
    "RW_ACCESS": 9,
    "RW_OFFSET": 27,
    "RW_CHUNK": 45,
    "RW_RANDOM": 63,
    "DRIVER_REUSABLE": 64,
}


class Disk(StoreCapability):
    """As a driver of somebody else is written."""

    _CAPABILITIES = BitMasks.RW_ACCESS

    @check
    def get(self, location: str, offset: int = 0, chunk_size: int | None = None, context: object = None) -> Any:
        """Read it."""
        return location, offset, chunk_size

    @check
    def add(self, image_id: str, image_file: object, image_size: int, context: object = None) -> Any:
        return image_id

    @check
    def delete(self, location: str, context: object = None) -> Any:
        return location


class SwiftLike(StoreCapability):
    _CAPABILITIES = BitMasks.READ_ACCESS

    @check
    def get(self, location: str, connection: object = None, offset: int = 0, chunk_size: int | None = None) -> Any:
        return connection, offset


class Keywords(StoreCapability):
    _CAPABILITIES = BitMasks.READ_ACCESS

    @check
    def get(self, *args: Any, **kwargs: Any) -> Any:
        return args, kwargs


def test_the_values_of_the_masks() -> None:
    assert {name: int(mask) for name, mask in BitMasks.__members__.items()} == VALUES


@pytest.mark.parametrize(("x", "y"), [*itertools.product(BitMasks, BitMasks)])
def test_a_mask_contains_what_it_has_all_bits_of(x: BitMasks, y: BitMasks) -> None:
    assert StoreCapability.contains(x, y) == all(x >> bit & 1 for bit in range(8) if y >> bit & 1)


def test_a_store_begins_with_the_mask_of_its_class_and_changes_only_its_own() -> None:
    store, other = Disk(), Disk()
    assert store.capabilities == BitMasks.RW_ACCESS
    assert StoreCapability().capabilities == BitMasks.NONE
    store.set_capabilities(BitMasks.READ_OFFSET, BitMasks.DRIVER_REUSABLE)
    assert store.is_capable(BitMasks.READ_OFFSET, BitMasks.WRITE_ACCESS, BitMasks.DRIVER_REUSABLE)
    assert not store.is_capable(BitMasks.READ_RANDOM)
    store.unset_capabilities(BitMasks.WRITE_ACCESS, BitMasks.DRIVER_REUSABLE)
    assert store.capabilities == BitMasks.READ_OFFSET
    assert store.is_capable()
    store.update_capabilities()
    assert store.capabilities == BitMasks.READ_OFFSET
    assert other.capabilities == BitMasks.RW_ACCESS


def test_what_a_store_can_do_passes() -> None:
    store = Disk()
    assert store.get("l") == store.get(location="l") == store.get("l", 0, None) == ("l", 0, None)
    assert store.add("i", b"", 0) == "i"
    assert store.delete("l") == "l"
    store.set_capabilities(BitMasks.READ_RANDOM)
    assert store.get("l", 3, chunk_size=4) == ("l", 3, 4)


@pytest.mark.parametrize(
    ("args", "kwargs", "numbers"),
    [
        (("l", 3), {}, "Offset: 3, length: None"),
        (("l",), {"offset": 3}, "Offset: 3, length: None"),
        (("l", 0, 4), {}, "Offset: 0, length: 4"),
        (("l",), {"chunk_size": 4}, "Offset: 0, length: 4"),
        (("l", 3), {"chunk_size": 4, "context": object()}, "Offset: 3, length: 4"),
    ],
)
def test_a_range_is_refused_however_it_is_given(args: tuple[Any, ...], kwargs: dict[str, Any], numbers: str) -> None:
    with pytest.raises(exceptions.StoreRandomGetNotSupported, match=numbers):
        Disk().get(*args, **kwargs)


def test_only_the_part_that_is_missing_is_refused() -> None:
    store = Disk()
    store.set_capabilities(BitMasks.READ_OFFSET)
    assert store.get("l", 3) == ("l", 3, None)
    with pytest.raises(exceptions.StoreRandomGetNotSupported):
        store.get("l", 3, 4)


def test_offset_may_have_another_place() -> None:
    assert SwiftLike().get("l", "connection") == ("connection", 0)
    with pytest.raises(exceptions.StoreRandomGetNotSupported):
        SwiftLike().get("l", None, 3)
    assert Keywords().get("l", 3) == (("l", 3), {})
    with pytest.raises(exceptions.StoreRandomGetNotSupported):
        Keywords().get("l", offset=3)


def test_what_a_store_cannot_do_is_refused() -> None:
    store = Disk()
    store.unset_capabilities(BitMasks.RW_ACCESS)
    with pytest.raises(exceptions.StoreGetNotSupported) as error:
        store.get("l")
    assert type(error.value) is exceptions.StoreGetNotSupported
    with pytest.raises(exceptions.StoreAddDisabled):
        store.add("i", b"", 0)
    with pytest.raises(exceptions.StoreDeleteNotSupported):
        store.delete("l")


def test_a_wrong_call_is_the_callers_own_error() -> None:
    with pytest.raises(TypeError, match="location"):
        Disk().get()
    with pytest.raises(TypeError, match="unexpected"):
        Disk().get("l", length=3)


def test_it_stays_the_method_it_is() -> None:
    assert (Disk.get.__name__, Disk.get.__doc__) == ("get", "Read it.")


def test_another_operation_is_told_of_and_left_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    def rename(store: object) -> str:
        return "done"

    with caplog.at_level(logging.WARNING, "glance_store"):
        assert check(rename) is rename
    assert "rename" in caplog.text
