"""Any source of bytes, cut into blocks.

A source is a bytes object, a file object (only `read` is used), or an iterable of bytes-like pieces of any sizes. It
never needs `len`, `seek` or `tell`. What the source raises is raised as it is.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeAlias, runtime_checkable

from orlop.holes import is_sparse, next_data, zeros


@runtime_checkable
class Readable(Protocol):
    """Something to read bytes from; an empty result is the end."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; fewer is not the end."""


Source: TypeAlias = "bytes | bytearray | memoryview | Readable | Iterable[bytes]"


BlockSize: TypeAlias = "Callable[[int], int]"
"""The size of the block that begins at an offset; both in bytes."""


def blocks(source: Source, size: int | BlockSize) -> Iterator[bytes]:
    """Yield the source's bytes in blocks of `size`, the same for all or by offset; the last is shorter, none is empty.

    Raises:
        TypeError: the source is no source, or gives something else than bytes.
        Exception: whatever the source raises.
    """
    if isinstance(source, str | os.PathLike):
        raise TypeError("a source is bytes, a file object or an iterable of bytes; open the file first")
    size_at = size if callable(size) else lambda _: size
    if isinstance(source, bytes | bytearray | memoryview):
        return _cut(memoryview(source).cast("B"), size_at)
    if (file := _local_file(source)) is not None and is_sparse(os.fstat(file.fileno())):
        return _sparse_blocks(file, file.fileno(), size_at)
    if isinstance(source, Readable):
        return _assembled(_read_pieces(source, size_at), size_at)
    if isinstance(source, Iterable):
        return _assembled(map(_as_bytes, source), size_at)
    raise TypeError(f"{type(source).__name__} is no source: it has no read() and cannot be iterated")


def _cut(whole: memoryview, size_at: BlockSize) -> Iterator[bytes]:
    at = 0
    while at < len(whole):
        block = bytes(whole[at : at + size_at(at)])
        at += len(block)
        yield block


def _read_pieces(source: Readable, size_at: BlockSize) -> Iterator[bytes]:
    """Pieces by `read`; asks for what the block still lacks, so that a plain file's blocks need no joining."""
    start = have = 0
    while True:
        lacks = size_at(start) - have
        piece = source.read(lacks)
        if piece is None:
            raise BlockingIOError("the source has nothing to read yet; it must be in blocking mode")
        if not (checked := _as_bytes(piece)):
            return
        have += len(checked)
        while have >= (size := size_at(start)):  # a source may give more than it was asked for
            start, have = start + size, have - size
        yield checked


def _as_bytes(piece: object) -> bytes:
    if isinstance(piece, bytes):
        return piece
    if isinstance(piece, bytearray | memoryview):
        return bytes(piece)
    raise TypeError(f"the source gave {type(piece).__name__} where bytes are wanted; is it open in text mode?")


def _assembled(pieces: Iterable[bytes], size_at: BlockSize) -> Iterator[bytes]:
    parts: list[bytes] = []
    start = have = 0
    size = size_at(start)
    for piece in pieces:
        at = 0
        while at < len(piece):
            part = piece if at == 0 and len(piece) <= size - have else piece[at : at + size - have]
            parts.append(part)
            have += len(part)
            at += len(part)
            if have == size:
                yield _joined(parts)
                start, have = start + size, 0
                size = size_at(start)
    if parts:
        yield _joined(parts)


def _joined(parts: list[bytes]) -> bytes:
    """The parts as one, and the list empty: they must not stay alive while the block is used."""
    block = parts[0] if len(parts) == 1 else b"".join(parts)
    parts.clear()
    return block


def _local_file(source: object) -> io.BufferedReader | io.FileIO | None:
    """The source as a plain local file, when that is what it is.

    Only the two classes of `io` themselves: anything that merely has a `fileno` (GzipFile, a wrapper that inspects the
    stream) may give other bytes than its descriptor does.
    """
    if type(source) is io.FileIO:
        return source
    if type(source) is io.BufferedReader and type(source.raw) is io.FileIO:
        return source
    return None


def _sparse_blocks(file: io.BufferedReader | io.FileIO, descriptor: int, size_at: BlockSize) -> Iterator[bytes]:
    """Blocks of a sparse file from its present position on; holes are not read (lseek(2), SEEK_DATA)."""
    begun = position = file.tell()
    data = next_data(descriptor, position)
    while True:
        block_size = size_at(position - begun)
        if data is not None and data < position + block_size:
            block = _pread_full(descriptor, block_size, position)
        else:
            end = os.fstat(descriptor).st_size
            block = zeros(block_size) if position + block_size <= end else bytes(max(0, end - position))
        if not block:
            break
        position += len(block)
        yield block
        if data is not None and data < position:
            data = next_data(descriptor, position)
    file.seek(position)


def _pread_full(descriptor: int, size: int, position: int) -> bytes:
    parts: list[bytes] = []
    while size and (part := os.pread(descriptor, size, position)):
        parts.append(part)
        size -= len(part)
        position += len(part)
    return b"".join(parts)
