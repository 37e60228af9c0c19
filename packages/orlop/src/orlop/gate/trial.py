"""One case's trial of a driver: the store, the witness, the images made, and the look afterwards."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from orlop.capabilities import Capability
from orlop.driver import Driver, Upload
from orlop.errors import NotFound, StoreError, Unsupported
from orlop.gate.confidence import Confidence
from orlop.gate.content import payload
from orlop.gate.witness import Witness
from orlop.records import Receipt
from orlop.store import Store
from orlop.translation import Translation

Fault = Callable[[], AbstractContextManager[object]]
_POLL = 0.2


@dataclass(frozen=True, slots=True)
class Image:
    """An image that is in the store."""

    image_id: str
    location: str
    data: bytes


@dataclass
class Trial:
    """What a case works with.

    `reopen` opens the same backend with another driver object, also in another process. `settle` are the seconds that
    the backend may take until everybody sees a change.
    """

    driver: Driver[Any]
    witness: Witness
    reopen: Callable[[], Driver[Any]]
    faults: Mapping[type[StoreError], Fault]
    name: str = "gate"
    settle: float = 0.0
    big_size: int | None = None
    ceiling_size: int = 256 * 1024 * 1024
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.confidence = Confidence(self.driver.settings.secrets())
        self.store = Store(self.name, self.driver)
        self.findings = self.store.check()
        self.before = self.witness.names()
        self._made: list[str] = []
        self._seeded: list[str] = []

    # What there is to work with

    def has(self, capability: Capability) -> bool:
        """Whether the store declares `capability`, here and now."""
        return capability in self.store.capabilities

    @cached_property
    def block(self) -> int:
        """The size of the blocks that the driver is given, in bytes."""
        if not self.has(Capability.WRITE_ACCESS):
            return 1024 * 1024
        upload = self.driver.upload(self.new_id(), None)
        upload.abort()
        return upload.block_size

    @property
    def big(self) -> int:
        """The size of an image of several blocks, the last of them short."""
        return self.big_size if self.big_size is not None else 5 * self.block + 3

    @staticmethod
    def new_id(hint: str = "gate") -> str:
        """An image id that nobody has."""
        return f"{hint}-{uuid.uuid4()}"

    def image(self, size: int | None = None, seed: int = 0) -> Image:
        """An image that is in the store; it goes again after the case."""
        data = payload(self.big if size is None else size, seed)
        image_id = self.new_id()
        if self.has(Capability.WRITE_ACCESS):
            return Image(image_id, self.put(image_id, data).location, data)
        location = self.witness.seed(image_id, data)
        self._seeded.append(location)
        return Image(image_id, location, data)

    def gone(self) -> Image:
        """An image that has been in the store, and is there no more."""
        image = self.image(10)
        if image.location in self._seeded:
            self._seeded.remove(image.location)
            self.witness.unseed(image.location)
        else:
            self.store.delete(image.location)
        return image

    def put(self, image_id: str, source: Any, **options: Any) -> Receipt:
        """`Store.put` of an image that goes again after the case."""
        receipt = self.store.put(image_id, source, **options)
        self.keep(receipt.location)
        return receipt

    def keep(self, location: str) -> str:
        """Have the image at `location` go again after the case."""
        self._made.append(location)
        return location

    def read(self, location: str) -> bytes:
        """All bytes of the image at `location`, as users get them."""
        with self.store.open(location) as reader:
            return reader.read()

    def fill(self, upload: Upload, data: bytes) -> None:
        """Write `data` into `upload`, block by block, as the engine does."""
        for at in range(0, len(data), upload.block_size):
            upload.write(at, data[at : at + upload.block_size])

    def note(self, text: str) -> None:
        """Say something in the reports beside this case."""
        if text not in self.notes:
            self.notes.append(text)

    # What is expected

    @contextmanager
    def raises(self, *kinds: type[StoreError]) -> Iterator[None]:
        """Expect the store to raise one of `kinds`, with its fields filled."""
        with self._due(kinds) as found:
            yield
        assert found[0].store == self.name, f"the error does not name its store: {found[0]!r}"
        assert found[0].operation, f"the error does not name its operation: {found[0]!r}"
        assert found[0].reason, "the error gives no reason"

    @contextmanager
    def driver_raises(self, *kinds: type[StoreError]) -> Iterator[None]:
        """Expect the driver itself to raise an error that means one of `kinds`."""
        with (
            self._due(kinds),
            Translation(self.name, self.driver.classify, self.driver.settings.secrets()).during("gate"),
        ):
            yield

    @contextmanager
    def _due(self, kinds: tuple[type[StoreError], ...]) -> Iterator[list[StoreError]]:
        found: list[StoreError] = []
        names = " or ".join(kind.__name__ for kind in kinds)
        try:
            yield found
        except kinds as error:
            self.confidence.heard(error)
            found.append(error)
        except Exception as error:
            self.confidence.heard(error)
            raise AssertionError(f"{type(error).__name__} was raised where {names} is due: {error}") from error
        assert found, f"nothing was raised where {names} is due"

    def eventually(self, check: Callable[[], object]) -> None:
        """Run `check` until it raises nothing, for as long as the backend may take to settle."""
        until = time.monotonic() + self.settle
        while True:
            try:
                check()
                return
            except (AssertionError, NotFound):
                if time.monotonic() >= until:
                    raise
                time.sleep(_POLL)

    def is_absent(self, image: Image) -> None:
        """Everybody must say that the image is not there: the store by location, id and listing, and the witness."""
        assert not self.store.exists(image.location), "the image is there"
        assert self.witness.read(image.location) is None, "the witness can read the image"
        try:
            found = self.store.locate(image.image_id)
        except (NotFound, Unsupported):
            found = ""
        assert not found, f"the image is found by its id, at {found}"
        if self.has(Capability.LIST):
            assert image.image_id not in {stat.image_id for stat in self.store.list()}, "the image is listed"

    def is_whole(self, image: Image) -> None:
        """The store and the witness must give the image's bytes, all of them."""
        same(self.read(image.location), image.data, "the store")
        same(self.witness.read(image.location), image.data, "the witness")

    def becomes_absent(self, image: Image) -> None:
        """`is_absent`, when the backend has settled."""
        self.eventually(lambda: self.is_absent(image))

    def becomes_whole(self, image: Image) -> None:
        """`is_whole`, when the backend has settled."""
        self.eventually(lambda: self.is_whole(image))

    # The look afterwards

    def clean_up(self) -> None:
        """Remove what the case has made; each thing once, whatever goes wrong."""
        made, self._made = self._made, []
        seeded, self._seeded = self._seeded, []
        problems: list[Exception] = []
        for location in dict.fromkeys(made):
            try:
                self.store.delete(location)
            except NotFound:
                continue
            except Exception as error:  # noqa: BLE001 - the others are removed first
                problems.append(error)
        for location in seeded:
            self.witness.unseed(location)
        if problems:
            raise problems[0]

    def clean_leftovers(self, before: Sequence[str] = ()) -> None:
        """Remove what dead uploads have left, as `orlop clean` does, except at the places in `before`."""
        for leftover in list(self.store.leftovers()):
            if leftover.place not in before:
                self.store.clean(leftover)

    def finish(self) -> None:
        """Clean up, and look: the backend must be as it was, and no secret may have been told."""
        self.clean_up()
        self.eventually(self._is_as_before)
        self.confidence.is_kept()

    def close(self) -> None:
        """Let go of everything, after whatever has happened."""
        try:
            self.clean_up()
        except Exception as error:  # noqa: BLE001 - the case has failed already, or its look afterwards has said so
            self.note(f"what the case made could not be removed: {error}")
        finally:
            self.confidence.close()

    def _is_as_before(self) -> None:
        now = self.witness.names()
        assert not now - self.before, f"left behind in the backend: {sorted(now - self.before)}"
        assert not self.before - now, f"gone from the backend: {sorted(self.before - now)}"


def same(found: bytes | None, due: bytes, who: str) -> None:
    """Compare bytes; says where they differ instead of printing megabytes."""
    if found == due:
        return
    if found is None:
        raise AssertionError(f"{who} has no such image")
    at = next(
        (i for i, (one, other) in enumerate(zip(found, due, strict=False)) if one != other), min(len(found), len(due))
    )
    raise AssertionError(f"{who} gives {len(found)} bytes, due are {len(due)}; they differ from byte {at} on")
