"""The seam: what a driver is. Everything above it is written once, for all stores.

A driver talks to its backend and does nothing else: it does not retry, hash, count, check sizes, read configuration,
log, or know its store's name, and it raises its backend's errors as they are - `classify` says what they mean.
`docs/write-a-driver.md` walks through a whole one.

What holds for every method here:

* A success is one that the backend has named (a status with an ETag, a generation, a second look). An empty 200 of a
  middle box is none, for no request that changes something: raise `Unavailable`.
* A second call never acts on another object than the first one meant: a repeated delete, commit, abort or clean is
  bound to an identity (an inode, an upload's token, an ETag).
* A call that hangs is given up by the engine, and cancelled: `orlop.cancellation` tells the driver, which ends its
  waits (shuts its sockets down). What returns later has no effect.
* Nothing but the backend's own errors, which `classify` knows, and `StoreError` is raised. A backend's answer that
  cannot be read is the backend's failure: anything else that a driver raises reaches the caller as `BackendError`.
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
    the image has become visible: the second call finds that out.

    A backend may go on with a commit whose answer has not come (a completion that takes longer than the socket's
    timeout): `commit` raises `Unavailable` then. The engine calls it again, and each call looks whether the image has
    become visible, until `commit_deadline` is over. The engine aborts only after that.
    """

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
        store is given only what is not zero, in pieces aligned to `grain`. After `abort` it has no effect, see there.
        """

    @abstractmethod
    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        """Make the image of `size` bytes visible, all at once, and return its location.

        Raises the backend's "exists" error when another image of this id was first. `digests` (algorithm to hex) are
        kept with the image by stores that have DIGESTS. After `abort` it has no effect, see there.
        """

    @abstractmethod
    def abort(self) -> None:
        """Leave nothing behind, whatever has happened so far.

        May be called twice, again after a failure that may pass, after a failed `commit`, and after a `commit` whose
        success came too late for anyone to hear of: then the image goes again - this upload's image, and not another
        one that has its id by now.

        It may come while a `write`, `clone` or `commit` of this upload still runs in another thread: one that hung and
        was given up. What returns there later has no effect, neither on this image nor on another one: nothing is
        written through a descriptor or handle whose number may belong to another upload by then (close it when its last
        user has returned), nothing becomes visible, nothing is left. `abort` may wait for what still runs, or leave the
        end of the work to it; it must not act on what the other thread still uses.
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
        """Let go of what the blob holds. May be called twice.

        Comes before the driver's own `close`, and has a deadline like every call. A read that was given up may still
        run: what it uses is released when it returns.
        """
        return


class Driver(ABC, Generic[S]):
    """The code for one kind of backend; stateless between calls and safe in many threads."""

    settings_type: ClassVar[type[StoreSettings]]
    """The model of this driver's settings."""
    schemes: ClassVar[tuple[str, ...]]
    """The schemes of its locations, the one it writes first."""
    capabilities: Capability
    """What stores of this kind can do at the most; settings may take from it in `__init__`. After that it does not
    change: what `check` finds lost is availability, see `Finding`."""

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

    def retry_after(self, error: BaseException) -> float | None:
        """Seconds that the backend asks to wait before the failed call is made again; asked with `classify`.

        A driver that raises `Unavailable` itself gives them there (`retry_after=`). None: the backend says nothing.
        """
        del error
        return None

    def server_of(self, location: str) -> str:
        """The server that a call about `location` waits for, such as a host name; asks nobody.

        Calls that hang are counted by server: in a store of many servers (web servers) one that hangs does not take the
        others away. The same for all, as here, where a store has one backend.
        """
        del location
        return ""

    # What follows is optional: a store without it raises Unsupported.

    def upload(self, image_id: str, size: int | None) -> Upload:
        """Begin to store an image; `size` in bytes, None when nobody knows it yet."""
        raise Unsupported("images cannot be put into this store")

    def identify(self, location: str) -> str:
        """What tells the image at `location` from another one that may have the same location later.

        An opaque text: an inode, an upload's token, an ETag with a date, a version. It may carry what a repeated
        deletion needs when the image itself is gone already (the prefix of its segments). As lenient as deletion has to
        be: an image that is damaged is identified, too. Raises `NotFound` when there is none.
        """
        raise Unsupported("images cannot be deleted from this store")

    def delete(self, location: str, identity: str) -> None:
        """Delete the image at `location` that `identify` has called `identity`, and what belongs to it.

        Called again after a failure that may pass, with the same identity. When the image is gone, or another one is
        there by now, it removes what is left of the identified one (segments, digests), leaves the other one alone, and
        raises `NotFound`. To the engine that means, after a failure, that the first call has done its work: so it must
        not be raised while anything is still to be done.
        """
        raise Unsupported("images cannot be deleted from this store")

    def locate(self, image_id: str) -> str:
        """The location of the image of this id."""
        raise Unsupported("this store does not find images by id; use their locations")

    def list(self) -> Iterator[Stat]:
        """Every image of the store, in any order; uploads under way are not among them.

        Whole, or an error: where the backend's listing breaks off or contradicts itself, raise.
        """
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
        """Look whether the store is reachable and usable, changing nothing that stays.

        A finding with `lacks` and `kind` says what cannot be used while it lasts. What may pass by itself lacks
        nothing: the call that meets it says so.
        """
        return []

    def leftovers(self) -> Iterator[Leftover]:
        """What dead uploads have left in the backend. Uploads that are alive are not among them."""
        return iter(())

    def clean(self, leftover: Leftover) -> None:
        """Remove one of `leftovers`. Called again after a failure that may pass.

        What has come to life since, or is another thing of the same name (made after the leftover was found), is left
        alone; that it is gone is no error.
        """
        raise Unsupported("this store has no leftovers to clean")

    def acting_as(self, identity: Identity) -> Self:
        """The same store on behalf of a user."""
        raise Unsupported("this store acts only for itself")

    def close(self) -> None:
        """Let go of connections, and of what was taken in the backend for as long as the store is open (a trust).

        May be called twice. Comes after the `close` of every blob, has a deadline, and also comes when the process
        ends. Calls that were given up may still run.
        """
        return
