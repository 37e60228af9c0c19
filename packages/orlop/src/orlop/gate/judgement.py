"""What a case expects: this error, this image whole, that one absent - when the backend has settled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from orlop.capabilities import Capability
from orlop.driver import Driver
from orlop.errors import InUse, NotFound, StoreError, Unsupported
from orlop.gate.confidence import Confidence
from orlop.gate.witness import Witness
from orlop.store import Store
from orlop.translation import Translation

_POLL = 0.2


@dataclass(frozen=True, slots=True)
class Image:
    """An image that is in the store."""

    image_id: str
    location: str
    data: bytes


class Judgement:
    """The expectations of a trial, which has these."""

    driver: Driver[Any]
    witness: Witness
    store: Store
    confidence: Confidence
    settle: float

    def has(self, capability: Capability) -> bool:
        """Whether the store declares `capability`, and can use it now."""
        return capability in self.store.capabilities & ~self.store.lost

    def read(self, location: str) -> bytes:
        """All bytes of the image at `location`, as users get them."""
        with self.store.open(location) as reader:
            return reader.read()

    @contextmanager
    def raises(self, *kinds: type[StoreError]) -> Iterator[None]:
        """Expect the store to raise one of `kinds`, with its fields filled."""
        with self._due(kinds) as found:
            yield
        assert found[0].store == self.store.name, f"the error does not name its store: {found[0]!r}"
        assert found[0].operation, f"the error does not name its operation: {found[0]!r}"
        assert found[0].reason, "the error gives no reason"

    @contextmanager
    def driver_raises(self, *kinds: type[StoreError]) -> Iterator[None]:
        """Expect the driver itself to raise an error that means one of `kinds`."""
        with self._due(kinds), self.translated():
            yield

    def translated(self) -> AbstractContextManager[None]:
        """A context in which the driver's errors become those of orlop, as they do in a store."""
        return Translation(self.store.name, self.driver.classify, self.driver.settings.secrets()).during("gate")

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
            except (AssertionError, InUse, NotFound):
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

    def is_absent_or_whole(self, image: Image) -> None:
        """Nobody may see a part of the image, whichever way he asks: by its location, by its id, or in the listing."""
        locations = {image.location}
        with suppress(NotFound, Unsupported):
            locations.add(self.store.locate(image.image_id))
        if self.has(Capability.LIST):
            listed = [stat for stat in self.store.list() if stat.image_id == image.image_id]
            for stat in listed:
                assert stat.size in {len(image.data), None}, f"{len(image.data)} bytes are listed as {stat.size}"
            locations |= {stat.location for stat in listed}
        for location in sorted(locations):
            with suppress(NotFound):
                same(self.read(location), image.data, "the store")
            if (found := self.witness.read(location)) is not None:
                same(found, image.data, "the witness")

    def becomes_absent(self, image: Image) -> None:
        """`is_absent`, when the backend has settled."""
        self.eventually(lambda: self.is_absent(image))

    def becomes_whole(self, image: Image) -> None:
        """`is_whole`, when the backend has settled."""
        self.eventually(lambda: self.is_whole(image))


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
