"""Any source becomes blocks of one size."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orlop.source import blocks


class OnlyRead:
    """A source with nothing but `read`, which gives less than is asked for."""

    def __init__(self, data: bytes, at_most: int) -> None:
        self._file = io.BytesIO(data)
        self._at_most = at_most

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, self._at_most))


@settings(deadline=None)
@given(data=st.binary(max_size=300), size=st.integers(1, 64), at_most=st.integers(1, 80))
def test_whatever_read_gives_the_blocks_are_the_same(data: bytes, size: int, at_most: int) -> None:
    found = list(blocks(OnlyRead(data, at_most), size))
    assert b"".join(found) == data
    assert all(len(block) == size for block in found[:-1])
    assert all(found)


@settings(deadline=None)
@given(
    pieces=st.lists(st.binary(max_size=90), max_size=8),
    size=st.integers(1, 64),
    kind=st.sampled_from([bytes, bytearray, memoryview]),
)
def test_pieces_of_any_size_and_kind(pieces: list[bytes], size: int, kind: Any) -> None:
    found = list(blocks((kind(piece) for piece in pieces), size))
    assert b"".join(found) == b"".join(pieces)
    assert all(len(block) == size for block in found[:-1])


def _growing(offset: int) -> int:
    return 2 if offset < 6 else 5 if offset < 16 else 9


@settings(deadline=None)
@given(data=st.binary(max_size=60), at_most=st.integers(1, 12))
def test_blocks_may_grow_along_the_source(data: bytes, at_most: int) -> None:
    pieces = [data[at : at + at_most] for at in range(0, len(data), at_most)]
    expected = [data[at : at + _growing(at)] for at in (0, 2, 4, 6, 11, 16, 25, 34, 43, 52) if at < len(data)]
    for source in (data, OnlyRead(data, at_most), io.BytesIO(data), pieces):
        assert list(blocks(source, _growing)) == expected


def test_blocks_of_a_sparse_file_may_grow_too(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    sizes = {0: 1 << 20, 1 << 20: 3 << 20}
    with path.open("wb") as file:
        file.truncate(6 << 20)
        file.seek(5 << 20)
        file.write(b"x" * (1 << 19))
    with path.open("rb") as file:
        found = list(blocks(file, lambda at: sizes.get(at, 2 << 20)))
    assert [len(block) for block in found] == [1 << 20, 3 << 20, 2 << 20]
    assert b"".join(found) == path.read_bytes()


def test_a_read_that_gives_more_than_it_was_asked_for() -> None:
    class Generous:
        left = 3

        def read(self, size: int, /) -> bytes:
            self.left -= 1
            return b"abcdefghij" if self.left >= 0 else b""

    assert [len(block) for block in blocks(Generous(), _growing)] == [2, 2, 2, 5, 5, 9, 5]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_are_a_source(kind: Any) -> None:
    assert list(blocks(kind(b"abcdefg"), 3)) == [b"abc", b"def", b"g"]


def test_a_pipe_is_a_source() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"x" * 1000)
    os.close(writer)
    with os.fdopen(reader, "rb", buffering=0) as pipe:
        assert [len(block) for block in blocks(pipe, 300)] == [300, 300, 300, 100]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("text", "open the file first"),
        (Path("/etc/hostname"), "open the file first"),
        (42, "no source"),
        (io.StringIO("text"), "text mode"),
        (["text"], "text mode"),
    ],
)
def test_what_is_no_source_is_refused(source: Any, why: str) -> None:
    with pytest.raises(TypeError, match=why):
        list(blocks(source, 10))


def test_a_source_that_would_block_is_no_end() -> None:
    class NotReady:
        def read(self, size: int, /) -> Any:
            return None

    with pytest.raises(BlockingIOError, match="blocking mode"):
        list(blocks(NotReady(), 10))


def sparse_file(path: Path, size: int, data: dict[int, bytes]) -> bytes:
    with path.open("wb") as file:
        file.truncate(size)
        for offset, piece in data.items():
            file.seek(offset)
            file.write(piece)
    return path.read_bytes()


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) + 5, 5 << 20])
@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("data", [{}, {0: b"a"}, {700_000: b"b" * 70_000}, {(1 << 20) - 3: b"end"}])
def test_a_sparse_file_is_read_right(tmp_path: Path, size: int, buffered: bool, data: dict[int, bytes]) -> None:
    content = sparse_file(tmp_path / "sparse", size, data)
    with (tmp_path / "sparse").open("rb", buffering=-1 if buffered else 0) as file:
        assert b"".join(blocks(file, 256 * 1024)) == content
        assert file.tell() == len(content)
        assert file.read() == b""


def test_holes_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sparse_file(tmp_path / "sparse", 64 << 20, {32 << 20: b"x" * 4096})
    read: list[int] = []
    real = os.pread

    def counting(descriptor: int, size: int, offset: int) -> bytes:
        read.append(size)
        return real(descriptor, size, offset)

    monkeypatch.setattr(os, "pread", counting)
    with (tmp_path / "sparse").open("rb") as file:
        assert sum(map(len, blocks(file, 1 << 20))) == 64 << 20
    assert sum(read) == 1 << 20


def test_a_sparse_file_is_read_from_where_it_stands(tmp_path: Path) -> None:
    content = sparse_file(tmp_path / "sparse", 3 << 20, {2 << 20: b"data"})
    with (tmp_path / "sparse").open("rb") as file:
        file.read(1000)
        assert b"".join(blocks(file, 1 << 20)) == content[1000:]


def test_where_the_kernel_cannot_tell_holes_everything_is_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = sparse_file(tmp_path / "sparse", 3 << 20, {1 << 20: b"data"})

    def refuse(*_: object) -> int:
        raise OSError(22, "Invalid argument")

    with (tmp_path / "sparse").open("rb") as file:
        monkeypatch.setattr(os, "lseek", refuse)
        assert b"".join(blocks(file, 1 << 20)) == content


def test_a_wrapper_with_a_descriptor_is_not_mistaken_for_its_file(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "z.gz", "wb") as packed:
        packed.write(bytes(1 << 20))
    os.truncate(tmp_path / "z.gz", 1 << 20)  # sparse on disk, and not what the wrapper gives
    with gzip.open(tmp_path / "z.gz", "rb") as file:
        assert sum(map(len, blocks(file, 1 << 16))) == 1 << 20


def test_an_error_of_the_source_is_raised_as_it_is() -> None:
    error = OSError(28, "the source's own")

    def broken() -> Iterator[bytes]:
        yield b"abc"
        raise error

    with pytest.raises(OSError) as caught:  # noqa: PT011 - identity is asserted below
        list(blocks(broken(), 2))
    assert caught.value is error
