"""What can go wrong, as one flat tree of exceptions.

Every error says what failed, in which store, at which location, and what to do. The backend's own error is always the
`__cause__`, or where it shows a secret, one that stands for it. No message ever holds a secret: locations pass through
`orlop.location.without_secrets` on their way in. Nor does it hold anything that a terminal would obey: what a server
says is escaped here, for all drivers.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from orlop.location import without_secrets
from orlop.support.redact import printable


class StoreError(Exception):
    """An operation on a store failed.

    Attributes:
        reason: what happened, and what to do about it.
        store: the store's name; empty where no store is involved yet.
        operation: the operation that failed: `put`, `open`, `read`, `delete`, ...
        location: the image's location or id, without secrets; empty where there is none.
        retry_after: seconds that the backend asks to wait before the same call is made again (`Retry-After`); None
            where it has said nothing.
    """

    retryable: ClassVar[bool] = False
    """Whether the same call may succeed when it is made again."""

    def __init__(
        self,
        reason: str,
        *,
        store: str = "",
        operation: str = "",
        location: str = "",
        retry_after: float | None = None,
    ) -> None:
        self.reason = printable(reason)
        super().__init__(self.reason)
        self.store = store
        self.operation = operation
        self.location = without_secrets(location)
        self.retry_after = retry_after

    def __str__(self) -> str:
        where = " ".join(part for part in (self.operation, self.location) if part)
        place = f"{self.store}: {where}" if self.store and where else self.store or where
        return f"{place}: {self.reason}" if place else self.reason

    def __reduce__(self) -> tuple[object, ...]:
        state = {
            "store": self.store,
            "operation": self.operation,
            "location": self.location,
            "retry_after": self.retry_after,
        }
        return (_rebuild, (type(self), self.reason, state))


def _rebuild(kind: type[StoreError], reason: str, state: dict[str, Any]) -> StoreError:
    return kind(reason, **state)


class NotFound(StoreError):
    """There is no such image."""


class AlreadyExists(StoreError):
    """An image of this id is there already; images are immutable."""


class InUse(StoreError):
    """The image cannot be deleted now: something outside still uses it."""


class PermissionDenied(StoreError):
    """The backend refuses this to these credentials, or the file system is read-only."""


class StoreFull(StoreError):
    """No space, no inodes or no quota left."""


class Unsupported(StoreError):
    """This store cannot do that, by its kind, its settings or its present state."""


class Mismatch(StoreError):
    """The bytes are not the ones announced: too few, too many, or of another digest."""


class InvalidSettings(StoreError):
    """The configuration is wrong; the message names the key, the file and what would be right."""


class InvalidLocation(StoreError):
    """The location or image id is malformed, or is not one of this store."""


class Unavailable(StoreError):
    """The backend did not answer, or not in time. Later it may.

    The call is not repeated at once when no answer came at all and a thread waits for it still (`hung`), nor when it
    fails until somebody has acted (`lasting`: a file system that is not mounted).
    """

    retryable = True
    hung = False
    lasting = False

    @classmethod
    def hanging(cls, reason: str) -> Self:
        """The error for a call that hangs."""
        error = cls(reason)
        error.hung = True
        return error

    @classmethod
    def until_mended(cls, reason: str) -> Self:
        """The error for what somebody has to mend first; the reason says how."""
        error = cls(reason)
        error.lasting = True
        return error


class BackendError(StoreError):
    """The backend failed in a way that has no other name here; see `__cause__`."""
