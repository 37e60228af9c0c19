"""Storing one image: opened, filled, checked and committed - or aborted, and nothing left.

What is raised says that nothing is stored, and a receipt that the image is: nothing that fails after the commit is
raised, and what breaks the put off after it (Ctrl-C) takes the image away again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orlop.calls import Calls
from orlop.digests import Digester, Verifier, compare
from orlop.driver import Driver, Upload
from orlop.errors import StoreError, Unavailable, Unsupported
from orlop.events import Event, Kind, Listener
from orlop.lanes import Lanes
from orlop.location import without_secrets
from orlop.reading import ImageReader
from orlop.records import Receipt
from orlop.source import Source
from orlop.transfer import Wanted, transfer

LOG = logging.getLogger(__name__)

_GRACE = 1.0
"""Seconds that an abort is waited for when the backend hangs; it goes on after them."""

_AFTER_AN_OUTAGE = 5.0
"""Seconds in which an abort is tried again when the put has failed because the backend is unavailable."""

Filler = Callable[[Upload], tuple[int, dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Put:
    """One image on its way into one store."""

    store: str
    driver: Driver[Any]
    calls: Calls
    operation: str
    image_id: str
    algorithms: Sequence[str]
    expect: Mapping[str, str]
    listener: Listener | None

    def stream(self, source: Source, size: int | None, verifiers: Sequence[Verifier] = ()) -> Receipt:
        """Store what `source` gives; `size` in bytes or None."""
        return self._store(size, lambda upload: self._streamed(upload, source, size, verifiers))

    def clone(self, reader: ImageReader) -> Receipt:
        """Store the image that `reader` has open, inside the backend where it can, else as a stream; close `reader`."""
        return self._store(reader.size, lambda upload: self._cloned(upload, reader), reader)

    def _streamed(
        self, upload: Upload, source: Source, size: int | None, verifiers: Sequence[Verifier] = ()
    ) -> tuple[int, dict[str, str]]:
        wanted = Wanted(
            size, self.algorithms, self.expect, verifiers, lambda done: self._tell(Kind.PROGRESS, done, size)
        )
        patience = self.calls.patience(
            self.operation, self.image_id, lambda error: self._tell(Kind.RETRY, 0, size, error)
        )
        lanes = Lanes(upload, self.calls.crew, patience, self.calls.settings.deadline)
        return transfer(upload, source, wanted, lanes=lanes, ration=self.calls.ration)

    def _cloned(self, upload: Upload, reader: ImageReader) -> tuple[int, dict[str, str]]:
        try:
            seconds = self.calls.settings.commit_deadline
            self.calls.repeated(
                self.operation,
                self.image_id,
                lambda: upload.clone(reader.blob),
                seconds=seconds,
                on_retry=lambda error: self._tell(Kind.RETRY, 0, reader.size, error),
            )
        except Unsupported:
            return self._streamed(upload, reader, reader.size)
        digester = Digester([*self.algorithms, *self.expect])
        done = 0
        try:
            for piece in reader:
                digester.feed(piece)
                done += len(piece)
                self._tell(Kind.PROGRESS, done, reader.size)
            digests = digester.finish()
        finally:
            digester.stop()
        compare(digests, self.expect)
        return done, digests

    def copy(self, reader: ImageReader) -> Receipt:
        """Store the image that `reader` has open as a stream; close `reader`."""
        return self._store(reader.size, lambda upload: self._streamed(upload, reader, reader.size), reader)

    def _store(self, size: int | None, fill: Filler, reader: ImageReader | None = None) -> Receipt:
        begun = time.monotonic()
        upload = self.calls.repeated(
            self.operation,
            self.image_id,
            lambda: self.driver.upload(self.image_id, size),
            late=lambda one: one.abort(),
            on_retry=lambda error: self._tell(Kind.RETRY, 0, size, error),
        )
        try:
            self._tell(Kind.STARTED, 0, size)
            done, digests = fill(upload)
            location = self._commit(upload, done, digests)
            return self._committed(location, done, digests, begun, reader)
        except BaseException as error:
            if isinstance(error, StoreError):
                self.calls.translation.completed(error, self.operation, self.image_id)
            self._abort(upload, error)
            raise

    def _committed(
        self, location: str, done: int, digests: Mapping[str, str], begun: float, reader: ImageReader | None
    ) -> Receipt:
        """The receipt of an image that is there: what fails from here on is told in the log, and not raised."""
        metadata: Mapping[str, Any] = {}
        try:
            metadata = dict(self.calls.once("metadata", location, lambda: self.driver.metadata(location)))
        except Exception as error:  # noqa: BLE001 - the image is stored
            LOG.warning("%s is stored, but its metadata are not known: %s", without_secrets(location), error)
        try:
            if reader is not None:
                reader.close()
        except Exception as error:  # noqa: BLE001
            LOG.warning("%s is stored, but its source could not be closed: %s", without_secrets(location), error)
        try:
            self._tell(Kind.COMMITTED, done, done)
        except Exception as error:  # noqa: BLE001
            LOG.warning("%s is stored, but on_event failed when it was told: %r", without_secrets(location), error)
        return Receipt(location, done, digests, self.store, time.monotonic() - begun, metadata)

    def _commit(self, upload: Upload, done: int, digests: Mapping[str, str]) -> str:
        def commit() -> str:
            return upload.commit(done, digests)

        def undo(_: str) -> None:
            upload.abort()  # of this upload, and no other: the image of its id may be somebody else's by then

        seconds = self.calls.settings.commit_deadline
        if not upload.repeatable_commit:
            return self.calls.once(self.operation, self.image_id, commit, seconds=seconds, late=undo)
        # A failure may be that of the answer only, and the backend still at it: it is looked for as long as a commit
        # may take, before anything is aborted.
        return self.calls.repeated(
            self.operation,
            self.image_id,
            commit,
            total=seconds,
            late=undo,
            on_retry=lambda error: self._tell(Kind.RETRY, done, done, error),
        )

    def _abort(self, upload: Upload, first: BaseException) -> None:
        """Leave nothing behind; the first error stays the one that is raised, what goes wrong here is noted on it."""
        # A backend that has been away for the time of all tries gets few more.
        tries_for = min(_AFTER_AN_OUTAGE, self.calls.settings.retry_seconds) if isinstance(first, Unavailable) else None

        def abort() -> None:
            seconds = self.calls.settings.commit_deadline
            self.calls.repeated(
                self.operation, self.image_id, upload.abort, seconds=seconds, tries_for=tries_for, always=True
            )

        try:
            if isinstance(first, Unavailable) and first.hung:
                # Most likely it waits behind the call that hangs: it gets all its time, but nobody waits so long.
                self.calls.crew.call(abort, seconds=_GRACE, name=self.operation, always=True, cancel=False)
            else:
                abort()
        except Exception as second:  # noqa: BLE001 - noted on the first one, which is raised
            first.add_note(f"what had been written is not removed ({second}); 'orlop clean' finds what stays")
            return
        try:
            self._tell(Kind.ABORTED, 0, None, first)
        except Exception as third:  # noqa: BLE001 - likewise
            first.add_note(f"on_event failed when it was told of the abort: {third!r}")

    def _tell(self, kind: Kind, done: int, total: int | None, error: BaseException | None = None) -> None:
        if self.listener is not None:
            self.listener(Event(kind, self.store, self.operation, self.image_id, done, total, error))
