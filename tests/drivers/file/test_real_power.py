"""Power cuts on ext4 and xfs: what `put` has returned is there, whole; what it was still doing is absent."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator

import pytest

from servers.filesystems import LoopFilesystem
from servers.filesystems.ioctls import shut_down
from tests.drivers.file.stores import MIB, child, file_store, names_in

pytestmark = pytest.mark.server

SIZES = [0, 1, 4096, 65537, 3 * MIB + 1, 17 * MIB]


@pytest.fixture(params=["ext4", "xfs"], scope="module")
def disk(request: pytest.FixtureRequest) -> Iterator[LoopFilesystem]:
    with LoopFilesystem(request.param, 400 * MIB) as mounted:
        yield mounted


def some(size: int, seed: int) -> bytes:
    """Bytes with a large hole in the middle and one at the end, where there is room for that."""
    data = random.Random(seed).randbytes(min(size, 4 * MIB))
    return data if size <= 4 * MIB else data[:-MIB] + bytes(size - 4 * MIB) + data[: MIB // 2] + bytes(MIB // 2)


@pytest.mark.parametrize("digests", ["xattr", "sidecar"])
@pytest.mark.parametrize("round_", [1, 2])
def test_what_was_put_is_there_whole(disk: LoopFilesystem, digests: str, round_: int) -> None:
    folder = disk.path / f"new/{digests}{round_}"  # also the folders are new
    store = file_store(folder, fsync=True, digests=digests, mode="0640")
    images = {}
    for size in SIZES:
        data = some(size, size + round_)
        images[store.put(str(size), data, size=size).location] = data
    disk.power_cut()
    assert len(list(store.list())) == len(SIZES)
    for location, data in images.items():
        with store.open(location) as reader:
            assert hashlib.sha256(reader.read()).digest() == hashlib.sha256(data).digest()
        assert store.verify(location) == {"sha256": hashlib.sha256(data).hexdigest()}
        assert (folder / location.rpartition("/")[2]).stat().st_mode & 0o777 == 0o640
    assert list(store.leftovers()) == []


def test_what_was_deleted_stays_away(disk: LoopFilesystem) -> None:
    folder = disk.path / "deleted"
    store = file_store(folder, fsync=True, digests="sidecar")
    location = store.put("a", b"x" * MIB).location
    store.delete(location)
    disk.power_cut()
    assert names_in(folder) == []


@pytest.mark.parametrize("moment", ["fed a little", "fed a lot", "ftruncate", "fsync", "dup", "link"])
def test_an_upload_under_way_is_absent(disk: LoopFilesystem, moment: str) -> None:
    folder = disk.path / moment.replace(" ", "-")
    store = file_store(folder, fsync=True)
    before = store.put("before", b"x").location
    with child(folder, "a", stop_at="" if moment.startswith("fed") else moment) as one:
        size = MIB if moment == "fed a little" else 20 * MIB
        one.feed(b"x" * size)
        if moment.startswith("fed"):
            one.wait_for_bytes(size - 2 * 65536)
        else:
            one.wait_for_call()
        shut_down(disk.path)
    disk.drop_caches()
    assert [stat.image_id for stat in store.list()] == ["before"]
    store.verify(before)
    left = list(store.leftovers())
    assert len(left) == len(names_in(folder)) - 1
    if moment in {"dup", "link"}:
        assert len(left) == 1  # it had reached the disk
    for one_left in left:
        assert one_left.image_id == "a"
        store.clean(one_left)
    assert names_in(folder) == ["before"]
    store.verify(store.put("a", b"again").location)


def test_between_link_and_the_end_it_is_whole_or_absent(disk: LoopFilesystem) -> None:
    folder = disk.path / "linked"
    folder.mkdir()
    with child(folder, "a", stop_at="unlink") as one:
        one.feed(b"x" * 5 * MIB)
        one.wait_for_call()
        shut_down(disk.path)
    disk.drop_caches()
    store = file_store(folder, fsync=True)
    for left in store.leftovers():
        store.clean(left)
    assert names_in(folder) in ([], ["a"])
    for stat in store.list():
        store.verify(stat.location)
