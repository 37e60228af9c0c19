"""From a backend's errors to ours: the one place where it happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from orlop.errors import BackendError, InvalidLocation, InvalidSettings, StoreError
from orlop.location import without_secrets
from orlop.support.connection_errors import without_objects
from orlop.support.redact import Redaction
from orlop.support.redacted_errors import shown_cause

T = TypeVar("T")

_LONGEST = 2000
"""Characters of a backend's message that are passed on; a server may send a page of them."""


@dataclass(frozen=True, slots=True)
class Translation:
    """Makes errors of one store complete: of our kinds, with the store's name, the operation and the location.

    `classify` and `retry_after` are the driver's; `secrets` are cut out of every text that comes from the backend.
    """

    store: str
    classify: Callable[[BaseException], type[StoreError] | None]
    secrets: Sequence[str] = ()
    retry_after: Callable[[BaseException], float | None] = lambda _: None
    redaction: Redaction = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "redaction", Redaction(self.secrets))

    @contextmanager
    def during(self, operation: str, location: str = "") -> Iterator[None]:
        """A context for calls of the driver, out of which nothing but a `StoreError` comes.

        What the driver does not know as its backend's is most often an answer that nobody has thought of, and in any
        case not the caller's mistake: it becomes a `BackendError`, with the error itself as its cause.
        """
        try:
            yield
        except StoreError as error:
            told, cause = self.completed(error, operation, location), error.__cause__
        except UnicodeEncodeError as error:
            told, cause = self._not_carried(error, operation, location), None
        except Exception as error:  # noqa: BLE001 - it is raised below, as the cause of what is told
            told, cause = self._translated(error, operation, location), error
        else:
            return
        try:
            raise told from _or_none(lambda error: shown_cause(error, self.redaction), cause)
        finally:
            # What was handled here is the cause, or was left out because it shows a secret.
            told.__context__ = None

    @contextmanager
    def completing(self, operation: str, location: str = "") -> Iterator[None]:
        """A context for our own steps, whose `StoreError`s lack the fields; a caller's mistake passes as it is."""
        try:
            yield
        except StoreError as error:
            raise self.completed(error, operation, location) from error.__cause__

    def completed(self, error: StoreError, operation: str, location: str = "") -> StoreError:
        """The same error, with the fields that it lacks."""
        error.store = error.store or self.store
        error.operation = error.operation or operation
        error.location = error.location or without_secrets(location)
        error.reason = self.redaction(error.reason)
        error.args = (error.reason,)
        return error

    def _translated(self, error: Exception, operation: str, location: str) -> StoreError:
        kind = _or_none(self.classify, error)
        if kind is None:
            reason = f"the driver failed with {type(error).__name__}: {self._text(error)}"
            return BackendError(reason, store=self.store, operation=operation, location=location)
        after = _or_none(self.retry_after, error)
        return kind(self._text(error), store=self.store, operation=operation, location=location, retry_after=after)

    def _not_carried(self, error: UnicodeEncodeError, operation: str, location: str) -> StoreError:
        """The error for a text that a protocol has no bytes for; its own message quotes that text, maybe a password."""
        bad = error.object[error.start : error.end]
        kind, what = (InvalidLocation, "this location or id") if bad in location else (InvalidSettings, "a setting")
        return kind(
            f"{what} holds a character that {error.encoding} does not have, and the backend takes nothing else",
            store=self.store,
            operation=operation,
            location=location,
        )

    def _text(self, error: BaseException) -> str:
        text = _or_none(str, error) or type(error).__name__
        if isinstance(error, OSError) and error.strerror:
            places = [str(name) for name in (error.filename, error.filename2) if name is not None]
            text = ": ".join([error.strerror, *places])
        shown = " ".join(self.redaction(without_objects(text[: 10 * _LONGEST])).split())
        return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."


def _or_none(judge: Callable[[BaseException], T | None], error: BaseException | None) -> T | None:
    """What is said of an error; None also when that itself fails (odd attributes, a text that recurses)."""
    try:
        return None if error is None else judge(error)
    except Exception:  # noqa: BLE001 - the error that is being told of is the one that matters
        return None
