"""The images that are measured with, made once in the folder of the benchmarks."""

from __future__ import annotations

import os
import random
from pathlib import Path

MIB = 1 << 20
GIB = 1 << 30


def random_image(folder: Path, size: int) -> Path:
    """A file of random bytes, in the page cache when this returns."""
    path = folder / f"random-{size}"
    if not path.exists():
        with path.open("wb") as file:
            for _ in range(size // MIB):
                file.write(os.urandom(MIB))
    with path.open("rb") as file:
        while file.read(MIB):
            pass
    return path


def mostly_zero_image(folder: Path, size: int) -> Path:
    """A sparse file as an installed system leaves it: about 1 % of data, in pieces of 64 KiB to 1 MiB."""
    path = folder / f"sparse-{size}"
    if not path.exists():
        dice = random.Random(2)
        with path.open("wb") as file:
            file.truncate(size)
            for _ in range(size // (64 * MIB)):
                file.seek(dice.randrange(0, size - MIB, 64 * 1024))
                file.write(os.urandom(dice.choice([64 * 1024, 512 * 1024, MIB])))
    return path


def use_memory(folder: Path, size: int) -> None:
    """Fill the page cache with `size` bytes and let go of them.

    The host of a virtual machine takes back memory that lies idle, and giving it again costs seconds a GiB: whoever
    comes first after a pause would pay for all.
    """
    path = folder / "warm"
    piece = bytes(MIB)
    with path.open("wb") as file:
        for _ in range(size // MIB):
            file.write(piece)
    path.unlink()


def allocated(path: Path) -> int:
    """Bytes that a file takes on the disk."""
    return path.stat().st_blocks * 512
