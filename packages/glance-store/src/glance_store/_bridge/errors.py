"""From orlop's errors to glance_store's exceptions, by what was being done: Glance makes its answers from these.

Where Glance 33 catches nothing that would fit better, the class is the one that leads to the right answer, and the
message says what really happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from orlop.errors import (
    AlreadyExists,
    BackendError,
    InUse,
    InvalidLocation,
    InvalidSettings,
    Mismatch,
    NotFound,
    PermissionDenied,
    StoreError,
    StoreFull,
    Unavailable,
    Unsupported,
)

from glance_store import exceptions

_ALWAYS: Mapping[type[StoreError], type[Exception]] = {
    NotFound: exceptions.NotFound,
    AlreadyExists: exceptions.Duplicate,
    InUse: exceptions.InUseByStore,
    StoreFull: exceptions.StorageFull,
    PermissionDenied: exceptions.Forbidden,
    Mismatch: exceptions.Invalid,
}
_BY_OPERATION: Mapping[str, Mapping[type[StoreError], type[Exception]]] = {
    "configure": {InvalidSettings: exceptions.BadStoreConfiguration},
    "add": {
        InvalidSettings: exceptions.StoreAddDisabled,
        InvalidLocation: exceptions.Invalid,  # the image id
        PermissionDenied: exceptions.StorageWriteDenied,
        Unavailable: exceptions.TimeoutError,  # 503; Glance knows no other when it stores
        Unsupported: exceptions.StoreAddDisabled,
    },
    "get": {
        InvalidSettings: exceptions.RemoteServiceUnavailable,  # 503
        InvalidLocation: exceptions.NotFound,  # it cannot be in this store
        PermissionDenied: exceptions.RemoteServiceUnavailable,  # 503: it is not the user who lacks a right
        Unavailable: exceptions.RemoteServiceUnavailable,
        Unsupported: exceptions.StoreGetNotSupported,
    },
    # Of a location that a user gives, Glance asks only the size, and answers 400 to these two and 500 to all others.
    "get_size": {
        InvalidSettings: exceptions.BadStoreUri,
        InvalidLocation: exceptions.BadStoreUri,
        PermissionDenied: exceptions.BadStoreUri,
        Unavailable: exceptions.BadStoreUri,
        Unsupported: exceptions.BadStoreUri,
    },
    # An image whose deletion answers NotFound or StoreDeleteNotSupported is forgotten by Glance: only what is gone may
    # be that, and what cannot be deleted by its kind.
    "delete": {
        InvalidSettings: exceptions.TimeoutError,  # 503
        InvalidLocation: exceptions.Forbidden,
        Unavailable: exceptions.TimeoutError,  # 503
        BackendError: exceptions.TimeoutError,  # 503 with the reason, such as a missing bucket; else Glance says 500
        Unsupported: exceptions.Forbidden,  # `Store.delete` knows whether images of the store can be deleted at all
    },
    "set_acls": {InvalidSettings: exceptions.BadStoreConfiguration},
    "read": {Mismatch: exceptions.BackendException},
}


@contextmanager
def translated(operation: str, store: str) -> Iterator[None]:
    """A context in which orlop's errors become glance_store's; `operation` is a method of `driver.Store`, or `read`."""
    try:
        yield
    except StoreError as error:
        raise exception_for(error, operation, store) from error


def exception_for(error: StoreError, operation: str, store: str) -> Exception:
    """The exception that tells Glance of this error."""
    kind = _BY_OPERATION[operation].get(type(error)) or _ALWAYS.get(type(error)) or exceptions.BackendException
    if kind is exceptions.BadStoreConfiguration:
        return exceptions.BadStoreConfiguration(store_name=store, reason=error.reason)
    return kind(str(error))
