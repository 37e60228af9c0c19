"""The seam: what a driver is. Everything above it is written once, for all stores.

A driver talks to its backend and does nothing else: it does not retry, hash, count, check sizes, read configuration,
log, or know its store's name, and it raises its backend's errors as they are - `classify` says what they mean.
`docs/write-a-driver.md` walks through a whole one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, Self, TypeVar

from orlop.capabilities import Capability
from orlop.errors import StoreError, Unsupported
from orlop.records import Acl, Finding, Identity, Leftover, Space, Stat
from orlop.settings import StoreSettings

S = TypeVar("S", bound=StoreSettings)


class Upload(ABC):
    """One image on its way in; nobody can see it until `commit` returns."""

    block_size: int
    """The engine writes blocks of this many bytes (see `block_size_at`); only the last is shorter."""
    lanes: int = 1
    """How many blocks may be in flight at once; 1 means one at a time, in order."""
    grain: int = 0
    """SPARSE stores: all-zero pieces of this many bytes, aligned to it, are not written. It divides `block_size`."""
    repeatable_commit: bool = False
    """Whether `commit` may be called again after a failure that may pass, also one after which it is not known whether
    the image has become visible: the second call finds that out."""

    def block_size_at(self, offset: int) -> int:
        """Bytes of the block that begins at `offset`; more than `block_size` where blocks have to grow.

        That is for backends that limit the number of parts: an image of unknown size may be of any. Never less than
        `block_size`, a multiple of `grain`, and the same each time it is asked. While blocks are larger, fewer are in
        flight: no more bytes than `lanes` blocks of `block_size`, but always one block.
        """
        del offset
        return self.block_size

    @abstractmethod
    def write(self, offset: int, block: bytes) -> None:
        """Take the bytes at `offset` (bytes from the start of the image).

        Called from any thread when `lanes` > 1. Called again with the same bytes after a retryable failure. A SPARSE
        store is given only what is not zero, in pieces aligned to `grain`.
        """

    @abstractmethod
    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        """Make the image of `size` bytes visible, all at once, and return its location.

        Raises the backend's "exists" error when another image of this id was first. `digests` (algorithm to hex) are
        kept with the image by stores that have DIGESTS.
        """

    @abstractmethod
    def abort(self) -> None:
        """Leave nothing behind, whatever has happened so far.

        May be called twice, after a failed `commit`, and after a `commit` whose success came too late for anyone to
        hear of: then the image goes again.
        """

    def clone(self, blob: Blob) -> None:
        """Fill this upload with the bytes of another image by the backend's own means (COPY).

        Nothing of `blob` passes through this process. Called again after a failure that may pass; what has been copied
        by then need not be once more. Raises `Unsupported` when the backend cannot do it for these
        two; then nothing has been written and the engine streams instead.
        """
        raise Unsupported("this store cannot copy inside the backend")


class Blob(ABC):
    """One stored image, opened for reading."""

    size: int | None
    """Bytes; None when the backend does not say."""
    ranged: bool = True
    """False where this one image can be read from its start only, although the driver has READ_OFFSET."""
    lanes: int = 1
    """How many ranges to fetch at once; more than 1 only where that was measured to be faster (needs READ_OFFSET)."""
    segment: int = 8 * 1024 * 1024
    """With `lanes` > 1: bytes fetched by one lane at a time."""

    @abstractmethod
    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to, not including, `stop` (None: the end), in pieces of any size.

        Called from several threads at once when the driver has READ_OFFSET. `start` is 0 without READ_OFFSET, `stop`
        is None without READ_CHUNK.
        """

    def close(self) -> None:
        """Let go of what the blob holds. May be called twice."""
        return


class Driver(ABC, Generic[S]):
    """The code for one kind of backend; stateless between calls and safe in many threads."""

    settings_type: ClassVar[type[StoreSettings]]
    """The model of this driver's settings."""
    schemes: ClassVar[tuple[str, ...]]
    """The schemes of its locations, the one it writes first."""
    capabilities: Capability
    """What stores of this kind can do at the most; settings may take from it in `__init__`."""

    def __init__(self, settings: S) -> None:
        self.settings = settings

    @abstractmethod
    def open(self, location: str) -> Blob:
        """The image at `location`, opened."""

    @abstractmethod
    def stat(self, location: str) -> Stat:
        """What the backend knows of the image at `location`, without reading it."""

    @abstractmethod
    def classify(self, error: BaseException) -> type[StoreError] | None:
        """The meaning of an error of the backend, or None when it is not one of the backend's."""

    # What follows is optional: a store without it raises Unsupported.

    def upload(self, image_id: str, size: int | None) -> Upload:
        """Begin to store an image; `size` in bytes, None when nobody knows it yet."""
        raise Unsupported("images cannot be put into this store")

    def delete(self, location: str) -> None:
        """Delete the image at `location`.

        Called again after a failure that may pass; `NotFound` then means that the first call has done its work, so it
        must not be raised while anything is still to be done.
        """
        raise Unsupported("images cannot be deleted from this store")

    def locate(self, image_id: str) -> str:
        """The location of the image of this id."""
        raise Unsupported("this store does not find images by id; use their locations")

    def list(self) -> Iterator[Stat]:
        """Every image of the store, in any order; uploads under way are not among them."""
        raise Unsupported("the images of this store cannot be listed")

    def metadata(self, location: str) -> Mapping[str, Any]:
        """What a consumer needs to reach the image's data by a way of its own, such as a shared mount. Often empty."""
        del location
        return {}

    def set_acl(self, location: str, acl: Acl) -> None:
        """Say in the backend who may read the image. Called again after a failure that may pass."""
        raise Unsupported("this store has no access lists")

    def space(self) -> Space:
        """How much the store holds and how much still fits."""
        raise Unsupported("this store does not know its space")

    def check(self) -> Sequence[Finding]:
        """Look whether the store is reachable and usable, changing nothing that stays."""
        return []

    def leftovers(self) -> Iterator[Leftover]:
        """What dead uploads have left in the backend. Uploads that are alive are not among them."""
        return iter(())

    def clean(self, leftover: Leftover) -> None:
        """Remove one of `leftovers`. Called again after a failure that may pass."""
        raise Unsupported("this store has no leftovers to clean")

    def acting_as(self, identity: Identity) -> Self:
        """The same store on behalf of a user."""
        raise Unsupported("this store acts only for itself")

    def close(self) -> None:
        """Let go of connections. May be called twice."""
        return
