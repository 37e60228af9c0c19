"""What goes wrong in the source is the source's: raised as it is, and nothing is left."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from orlop.errors import Mismatch, StoreFull
from orlop.store import Store

from tests.drivers.file.stores import names_in, open_files, pieces

NUMBERS = [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS, errno.ENOENT, errno.ESTALE, errno.EEXIST]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("after", [0, 3])
def test_an_error_of_the_source_is_not_the_store_s(store: Store, folder: Path, number: int, after: int) -> None:
    error = OSError(number, os.strerror(number), "/the/source")

    def broken() -> Iterator[bytes]:
        yield from pieces(after)
        raise error

    class Broken:
        rest = after

        def read(self, size: int) -> bytes:
            self.rest -= 1
            if self.rest < 0:
                raise error
            return b"x" * size

    before = open_files()
    for source in (broken(), Broken()):
        with pytest.raises(OSError, match="/the/source") as caught:
            store.put("a", source)
        assert caught.value is error
        assert names_in(folder) == []
        assert open_files() == before


def test_a_sparse_file_as_source_that_breaks(
    store: Store, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "source"
    with path.open("wb") as file:
        file.truncate(1 << 24)
        file.seek(1 << 23)
        file.write(b"x")

    def pread(*_: Any) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    with path.open("rb") as source, monkeypatch.context() as patch:
        patch.setattr(os, "pread", pread)
        with pytest.raises(PermissionError):
            store.put("a", source)
    assert names_in(folder) == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, GeneratorExit, ValueError, StoreFull])
def test_whatever_ends_it_nothing_is_left(store: Store, folder: Path, stop: type[BaseException]) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x"
        raise stop("enough")

    before = open_files()
    with pytest.raises(stop):
        store.put("a", broken())
    assert names_in(folder) == []
    assert open_files() == before


@pytest.mark.parametrize("wrong", [{"size": 5}, {"size": 50}, {"expect": {"sha256": "0" * 64}}])
def test_other_bytes_than_announced(store: Store, folder: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(Mismatch):
        store.put("a", b"0123456789", **wrong)
    assert names_in(folder) == []
