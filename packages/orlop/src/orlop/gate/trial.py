"""One case's trial of a driver: the store, the witness, the images made, and the look afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn

from orlop.capabilities import Capability
from orlop.driver import Driver, Upload
from orlop.errors import NotFound, StoreError
from orlop.gate.confidence import Confidence
from orlop.gate.content import payload
from orlop.gate.interception import calls_of, chosen
from orlop.gate.judgement import Image, Judgement
from orlop.gate.witness import Witness
from orlop.records import Receipt
from orlop.store import Store

Fault = Callable[[], AbstractContextManager[object]]


class NotShown(Exception):
    """A case is about something that cannot be brought about with this driver and this backend."""


@dataclass
class Trial(Judgement):
    """What a case works with.

    `reopen` opens the same backend with another driver object, also in another process. `settle` are the seconds that
    the backend may take until everybody sees a change.
    """

    driver: Driver[Any]
    witness: Witness
    reopen: Callable[[], Driver[Any]]
    faults: Mapping[type[StoreError], Fault]
    lies: Mapping[str, Fault] = field(default_factory=dict)
    name: str = "gate"
    settle: float = 0.0
    big_size: int | None = None
    ceiling_size: int = 256 * 1024 * 1024
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.confidence = Confidence(self.driver.settings.secrets())
        self.store = Store(self.name, self.driver)
        self.findings = self.store.check()
        self.lost = self.store.lost
        self.before = self.witness.names()
        self._made: list[str] = []
        self._seeded: list[str] = []

    # What there is to work with

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

    def fill(self, upload: Upload, data: bytes) -> None:
        """Write `data` into `upload`, block by block, as the engine does."""
        for at in range(0, len(data), upload.block_size):
            upload.write(at, data[at : at + upload.block_size])

    def delete(self, image: Image) -> None:
        """Have the driver itself delete an image."""
        self.deletion_of(image)()

    def deletion_of(self, image: Image) -> Callable[[], None]:
        """How the driver itself deletes this image, and no other one; may be called again, as the engine does."""
        identity = self.driver.identify(image.location)
        return lambda: self.driver.delete(image.location, identity)

    def points(self, what: str, count: int, most: int) -> list[int]:
        """At most `most` of the `count` calls by which `what` changes something: those at which it is to be met.

        Where it changes nothing there is nothing to show, unless no call of the driver's can be met at all.
        """
        if not count:
            if not self._can_be_met:
                self.not_shown("the driver makes no call from Python that could be held or made to fail")
            self.note(f"{what} makes no call that changes something")
        return chosen(count, most)

    @cached_property
    def _can_be_met(self) -> bool:
        def put() -> None:
            upload = self.driver.upload(self.new_id(), 1)
            upload.write(0, b"x")
            self.keep(upload.commit(1, {}))

        found = calls_of(put)
        self.clean_up()
        return bool(found)

    def not_shown(self, why: str) -> NoReturn:
        """End the case: what it is about cannot be shown here. It does not count as passed."""
        raise NotShown(why)

    def note(self, text: str) -> None:
        """Say something in the reports beside this case."""
        if text not in self.notes:
            self.notes.append(text)

    # The look afterwards

    def clean_up(self) -> None:
        """Remove what the case has made; each thing once, whatever goes wrong."""
        made, self._made = self._made, []
        seeded, self._seeded = self._seeded, []
        problems: list[Exception] = []
        for location in dict.fromkeys(made):
            try:
                # A process that was killed may count as the image's user until the backend has settled.
                self.eventually(lambda location=location: self._delete(location))  # type: ignore[misc]
            except Exception as error:  # noqa: BLE001 - the others are removed first
                problems.append(error)
        for location in seeded:
            self.witness.unseed(location)
        if problems:
            raise problems[0]

    def _delete(self, location: str) -> None:
        with suppress(NotFound):
            self.store.delete(location)

    def clean_leftovers(self, before: Sequence[str] = ()) -> None:
        """Remove what dead uploads have left, as `orlop clean` does, except at the places in `before`."""
        for leftover in list(self.store.leftovers()):
            if leftover.place not in before:
                self.store.clean(leftover)

    def is_cleaned(self) -> None:
        """`clean` removes what dead uploads have left, which has to get old first, and the backend is as before."""
        self.clean_leftovers()
        self.is_as_before()

    def finish(self) -> None:
        """Clean up, and look: the backend must be as it was, and no secret may have been told."""
        self.clean_up()
        self.eventually(self.is_as_before)
        self.confidence.is_kept()

    def close(self) -> None:
        """Let go of everything, after whatever has happened."""
        try:
            self.clean_up()
        except Exception as error:  # noqa: BLE001 - the case has failed already, or its look afterwards has said so
            self.note(f"what the case made could not be removed: {error}")
        finally:
            self.confidence.close()

    def is_as_before(self) -> None:
        """Nothing of what uploads and deletes were about may be in the backend, and nothing else may be missing."""
        now = self.witness.names()
        assert not now - self.before, f"left behind in the backend: {sorted(now - self.before)}"
        assert not self.before - now, f"gone from the backend: {sorted(self.before - now)}"
