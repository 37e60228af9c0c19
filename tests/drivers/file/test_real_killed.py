"""`kill -9` at any moment, two hundred times, on real file systems."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from orlop.drivers.file.driver import FileDriver
from orlop.drivers.file.settings import Directory, FileSettings
from orlop.gate.witnesses.file import FileWitness

from servers.filesystems import LoopFilesystem
from tests.drivers.file.stores import MIB
from tests.drivers.killing import Killable, kill_many

pytestmark = pytest.mark.server

BLOCK = 64 * 1024
EXT4, XFS = ("ext4", 64 * MIB), ("xfs", 300 * MIB)


@pytest.fixture
def disk(request: pytest.FixtureRequest) -> Iterator[Path]:
    with LoopFilesystem(*request.param) as mounted:
        yield mounted.path


def opened(settings: FileSettings) -> FileDriver:
    return FileDriver(settings)


@pytest.mark.parametrize(
    ("disk", "how"),
    [(EXT4, "xattr"), (EXT4, "sidecar"), (EXT4, "two directories"), (XFS, "xattr")],
    ids=["ext4-xattr", "ext4-sidecar", "ext4-two directories", "xfs-xattr"],
    indirect=["disk"],
)
def test_killed_at_any_moment(disk: Path, how: str) -> None:
    folders = [disk / "a", disk / "b"] if how == "two directories" else [disk / "a"]
    for folder in folders:
        folder.mkdir()
    settings = FileSettings(
        directories=tuple(Directory(path=folder) for folder in folders),
        block_size=BLOCK,
        digests="sidecar" if how == "sidecar" else "auto",
    )
    reopen = partial(opened, settings)
    seen = kill_many(Killable(reopen, FileWitness(reopen()), size=3 * BLOCK + 1), rounds=200, seed=len(how))
    # Some ended before and some after the moment that decides.
    assert all(seen[task, "whole"] and seen[task, "absent"] for task in ("put", "copy", "delete"))
