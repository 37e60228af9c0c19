"""From a backend's errors to ours: the one place where it happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from orlop.errors import StoreError
from orlop.location import scrubbed, without_secrets

_HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Translation:
    """Makes errors of one store complete: of our kinds, with the store's name, the operation and the location.

    `classify` and `retry_after` are the driver's; `secrets` are cut out of every text that comes from the backend.
    """

    store: str
    classify: Callable[[BaseException], type[StoreError] | None]
    secrets: Sequence[str] = ()
    retry_after: Callable[[BaseException], float | None] = lambda _: None

    @contextmanager
    def during(self, operation: str, location: str = "") -> Iterator[None]:
        """A context in which the backend's errors become ours; what is not the backend's passes as it is."""
        try:
            yield
        except StoreError as error:
            raise self.completed(error, operation, location) from error.__cause__
        except Exception as error:
            kind = self.classify(error)
            if kind is None:
                raise
            translated = kind(self._text(error), store=self.store, operation=operation, location=location)
            translated.retry_after = self.retry_after(error)
            raise translated from error

    def completed(self, error: StoreError, operation: str, location: str = "") -> StoreError:
        """The same error, with the fields that it lacks."""
        error.store = error.store or self.store
        error.operation = error.operation or operation
        error.location = error.location or without_secrets(location)
        return error

    def _text(self, error: BaseException) -> str:
        text = str(error) or type(error).__name__
        if isinstance(error, OSError) and error.strerror:
            places = [str(name) for name in (error.filename, error.filename2) if name is not None]
            text = ": ".join([error.strerror, *places])
        for secret in self.secrets:
            text = text.replace(secret, _HIDDEN)
        return " ".join(scrubbed(text).split())
