"""Small functions that drivers of others import from here."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from oslo_concurrency import lockutils

if TYPE_CHECKING:
    from hashlib import _Hash

__all__ = ["chunkiter", "chunkreadable", "get_hasher", "is_uuid_like", "synchronized"]

synchronized = lockutils.synchronized_with_prefix("glance_store-")
"""`@synchronized("name")`: of the functions of that name one at a time runs; with `external=True` on the whole host."""


@runtime_checkable
class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def is_uuid_like(val: object) -> bool:
    """Whether this is a UUID in its canonical form: 32 lower-case digits in five groups."""
    try:
        return isinstance(val, str) and str(uuid.UUID(val)) == val
    except ValueError:
        return False


def chunkreadable(iter: _Readable | Iterable[bytes], chunk_size: int = 65536) -> Iterable[bytes]:  # noqa: A002 - its name
    """What can be read, as its chunks; anything else is taken for chunks already and given as it is."""
    return chunkiter(iter, chunk_size) if isinstance(iter, _Readable) else iter


def chunkiter(fp: _Readable, chunk_size: int = 65536) -> Iterator[bytes]:
    """What `fp` gives until its end, at most `chunk_size` bytes at a time."""
    while chunk := fp.read(chunk_size):
        yield chunk


def get_hasher(hash_algo: Any, usedforsecurity: bool = True) -> _Hash:
    """A new digest; with `usedforsecurity=False` one that FIPS forbids, too, since it only finds damage."""
    return hashlib.new(str(hash_algo), usedforsecurity=usedforsecurity)
