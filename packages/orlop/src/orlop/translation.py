"""From a backend's errors to ours: the one place where it happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from orlop.errors import InvalidLocation, InvalidSettings, StoreError
from orlop.location import without_secrets
from orlop.support.redact import Redaction
from orlop.support.redacted_errors import shown_cause

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
        """A context in which the backend's errors become ours; what is not the backend's passes as it is."""
        try:
            yield
        except StoreError as error:
            told, cause = self.completed(error, operation, location), error.__cause__
        except UnicodeEncodeError as error:
            told, cause = self._not_carried(error, operation, location), None
        except Exception as error:
            kind = self.classify(error)
            if kind is None:
                raise
            told = kind(self._text(error), store=self.store, operation=operation, location=location)
            told.retry_after = self.retry_after(error)
            cause = error
        else:
            return
        try:
            raise told from shown_cause(cause, self.redaction)
        finally:
            # What was handled here is the cause, or was left out because it shows a secret.
            told.__context__ = None

    def completed(self, error: StoreError, operation: str, location: str = "") -> StoreError:
        """The same error, with the fields that it lacks."""
        error.store = error.store or self.store
        error.operation = error.operation or operation
        error.location = error.location or without_secrets(location)
        error.reason = self.redaction(error.reason)
        error.args = (error.reason,)
        return error

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
        text = str(error) or type(error).__name__
        if isinstance(error, OSError) and error.strerror:
            places = [str(name) for name in (error.filename, error.filename2) if name is not None]
            text = ": ".join([error.strerror, *places])
        shown = " ".join(self.redaction(text[: 10 * _LONGEST]).split())
        return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
