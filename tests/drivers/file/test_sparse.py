"""Zeros take no space, and holes are not read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from orlop.capabilities import Capability
from orlop.store import Store

from tests.drivers.file.stores import MIB, file_store

KIB = 1024
GRAIN = 64 * KIB


def allocated(path: Path) -> int:
    return path.stat().st_blocks * 512


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """16 MiB, of which 64 KiB at 3 MiB and 1 byte at 9 MiB + 1 are data; the end is a hole."""
    path = tmp_path / "source"
    with path.open("wb") as file:
        file.truncate(16 * MIB)
        file.seek(3 * MIB)
        file.write(b"x" * GRAIN)
        file.seek(9 * MIB + 1)
        file.write(b"y")
    return path


def test_zeros_become_holes(store: Store, folder: Path, image: Path) -> None:
    data = image.read_bytes()
    location = store.put("a", data).location
    assert (folder / "a").read_bytes() == data
    assert allocated(folder / "a") <= 3 * GRAIN
    stat = store.stat(location)
    assert (stat.size, stat.allocated) == (16 * MIB, allocated(folder / "a"))
    with store.open(location) as reader:
        assert reader.read() == data
    store.verify(location)


def test_the_setting_off_writes_them(folder: Path, image: Path) -> None:
    store = file_store(folder, sparse=False)
    assert Capability.SPARSE not in store.capabilities
    store.put("a", image.read_bytes())
    assert allocated(folder / "a") >= 16 * MIB


@pytest.mark.parametrize("size", [1, GRAIN - 1, GRAIN, GRAIN + 1, 5 * MIB + 3])
def test_nothing_but_zeros(folder: Path, size: int) -> None:
    store = file_store(folder, digests="none")  # attributes may take a block of their own
    location = store.put("a", bytes(size)).location
    assert (folder / "a").read_bytes() == bytes(size)
    assert allocated(folder / "a") == 0
    with store.open(location) as reader:
        assert reader.read() == bytes(size)


def test_the_grain_is_64_kib(folder: Path) -> None:
    """Half a grain of zeros is written, a whole aligned one is not."""
    store = file_store(folder, digests="none")
    solid, half = b"x" * GRAIN, b"x" * (GRAIN // 2) + bytes(GRAIN // 2)
    store.put("a", solid + bytes(GRAIN) + solid)
    assert allocated(folder / "a") == 2 * GRAIN
    store.put("b", half * 2)
    assert allocated(folder / "b") == 2 * GRAIN
    store.put("c", b"x" * KIB + bytes(2 * GRAIN))
    assert allocated(folder / "c") == GRAIN
    assert (folder / "c").stat().st_size == KIB + 2 * GRAIN


def test_a_sparse_source_is_not_read_in_its_holes(store: Store, folder: Path, image: Path) -> None:
    read = 0
    real = os.pread

    def pread(descriptor: int, length: int, offset: int) -> bytes:
        nonlocal read
        data = real(descriptor, length, offset)
        read += len(data)
        return data

    with pytest.MonkeyPatch.context() as patch, image.open("rb") as source:
        patch.setattr(os, "pread", pread)
        store.put("a", source, size=16 * MIB)
    assert 0 < read <= 4 * store.settings.model_dump()["block_size"]
    assert (folder / "a").read_bytes() == image.read_bytes()
    assert allocated(folder / "a") <= 3 * GRAIN


def test_holes_are_not_read_back(store: Store, folder: Path, image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    location = store.put("a", image.read_bytes()).location
    read = 0
    real = os.pread

    def pread(descriptor: int, length: int, offset: int) -> bytes:
        nonlocal read
        data = real(descriptor, length, offset)
        read += len(data)
        return data

    monkeypatch.setattr(os, "pread", pread)
    with store.open(location) as reader:
        data = reader.read()
    with store.open(location, 9 * MIB, 9 * MIB + 3) as reader:
        assert reader.read() == b"\0y\0"
    assert data == image.read_bytes()
    assert 0 < read < 8 * MIB


def test_a_file_that_shrinks_under_the_reader_is_no_hole(store: Store, folder: Path, image: Path) -> None:
    location = store.put("a", image.read_bytes()).location
    with store.open(location) as reader:
        os.truncate(folder / "a", MIB)
        with pytest.raises(Exception, match="ends after"):
            reader.read()


def test_where_the_kernel_cannot_tell_all_is_data(
    store: Store, folder: Path, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = store.put("a", image.read_bytes()).location

    def lseek(*_: Any) -> int:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "lseek", lseek)
    with store.open(location) as reader:
        assert reader.read() == image.read_bytes()
