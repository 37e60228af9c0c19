"""The exceptions of glance_store, with the messages and fields they have always had.

Whoever raises gives the fields of the class's message by name, or a message of its own as the first argument:
`NotFound(image="42")`, `NotFound("no such volume")`. What is wrong with a message is no reason to lose the exception:
fields that are missing or cannot be shown leave the message as it is written.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlparse

__all__ = [
    "AuthBadRequest",
    "AuthUrlNotFound",
    "AuthorizationFailure",
    "AuthorizationRedirect",
    "BackendException",
    "BadAuthStrategy",
    "BadStoreConfiguration",
    "BadStoreUri",
    "DriverLoadFailure",
    "Duplicate",
    "Forbidden",
    "GlanceStoreException",
    "HasSnapshot",
    "HostNotInitialized",
    "InUseByStore",
    "Invalid",
    "MaxRedirectsExceeded",
    "MissingCredentialError",
    "NoServiceEndpoint",
    "NotAuthenticated",
    "NotFound",
    "RedirectException",
    "RegionAmbiguity",
    "RemoteServiceUnavailable",
    "StorageFull",
    "StorageWriteDenied",
    "StoreAddDisabled",
    "StoreDeleteNotSupported",
    "StoreGetNotSupported",
    "StoreRandomGetNotSupported",
    "TimeoutError",
    "UnknownHashingAlgo",
    "UnknownScheme",
    "UnsupportedBackend",
]


class BackendException(Exception):
    """The backend failed in a way that no other class here tells; not a `GlanceStoreException`."""


class UnsupportedBackend(BackendException):
    """No driver serves this backend."""


class RedirectException(Exception):
    """The client is to go on at another URL."""

    def __init__(self, url: str) -> None:
        self.url = urlparse(url)


class GlanceStoreException(Exception):
    """What all but the backend's own exceptions are; `msg` is the text with its fields filled in."""

    message: str = "An unknown exception occurred"
    msg: str

    def __init__(self, message: str | None = None, **kwargs: Any) -> None:
        text = message or self.message
        if kwargs:
            try:
                text = text % kwargs
            except Exception:  # noqa: BLE001 - a field's own __str__ may raise anything, and the message is still one
                text = message or self.message
        self.msg = text
        super().__init__(text)


class NotFound(GlanceStoreException):
    """There is no such image in the store."""

    message = "Image %(image)s not found"


class Duplicate(GlanceStoreException):
    """The store has an image of this id already."""

    message = "Image %(image)s already exists"


class Invalid(GlanceStoreException):
    """The data are not what was announced."""

    message = "Data supplied was not valid."


class Forbidden(GlanceStoreException):
    """The store does not let us do this."""

    message = "You are not authorized to complete this action."


class StorageFull(GlanceStoreException):
    """The image does not fit into the store."""

    message = "There is not enough disk space on the image storage media."


class StorageWriteDenied(GlanceStoreException):
    """The store cannot be written to with our rights."""

    message = "Permission to write image storage media denied."


class InUseByStore(GlanceStoreException):
    """Somebody uses the image in the backend, so it cannot go."""

    message = "The image cannot be deleted because it is in use through the backend store outside of Glance."


class HasSnapshot(GlanceStoreException):
    """The image has snapshots of its own, so it cannot go."""

    message = "The image cannot be deleted because it has snapshot(s)."


class UnknownScheme(GlanceStoreException):
    """No store serves locations of this scheme."""

    message = "Unknown scheme '%(scheme)s' found in URI"


class BadStoreUri(GlanceStoreException):
    """The location is not one of the store's."""

    message = "The Store URI was malformed: %(uri)s"


class UnknownHashingAlgo(GlanceStoreException):
    """There is no such digest."""

    message = "Unknown hashing algorithm identifier: %(algo)s"


class StoreGetNotSupported(GlanceStoreException):
    """The store cannot be read."""

    message = "Getting images from this store is not supported."


class StoreRandomGetNotSupported(StoreGetNotSupported):
    """The store cannot give a range of an image."""

    message = "Getting images randomly from this store is not supported. Offset: %(offset)s, length: %(chunk_size)s"


class StoreAddDisabled(GlanceStoreException):
    """The store takes no images."""

    message = "Configuration for store failed. Adding images to this store is disabled."


class StoreDeleteNotSupported(GlanceStoreException):
    """The store lets no image go."""

    message = "Deleting images from this store is not supported."


class BadStoreConfiguration(GlanceStoreException):
    """The store's options cannot work."""

    message = "Store %(store_name)s could not be configured correctly. Reason: %(reason)s"


class DriverLoadFailure(GlanceStoreException):
    """The driver's code cannot be loaded."""

    message = "Driver %(driver_name)s could not be loaded."


class RemoteServiceUnavailable(GlanceStoreException):
    """The backend cannot be reached now."""

    message = "Remote server where the image is present is unavailable."


class TimeoutError(GlanceStoreException):  # noqa: A001 - its name is part of the interface
    """The backend did not answer in time."""

    message = "Operation timed out after %(timeout)ds. Check storage health and connectivity."


class MaxRedirectsExceeded(GlanceStoreException):
    """A server sent us from one URL to the next, once too often."""

    message = "Maximum redirects (%(redirects)s) was exceeded."


class HostNotInitialized(GlanceStoreException):
    """The NFS mounts of the cinder driver are not set up on this host."""

    message = (
        "The glance cinder store host %(host)s which will used to perform "
        "nfs mount/umount operations isn't initialized."
    )


class MissingCredentialError(GlanceStoreException):
    """A credential that the backend wants was not given."""

    message = "Missing required credential: %(required)s"


class BadAuthStrategy(GlanceStoreException):
    """The backend wants another way of authentication."""

    message = 'Incorrect auth strategy, expected "%(expected)s" but received "%(received)s"'


class AuthorizationRedirect(GlanceStoreException):
    """Authorization is given elsewhere."""

    message = "Redirecting to %(uri)s for authorization."


class AuthBadRequest(GlanceStoreException):
    """The auth service could not be reached, or did not take the request."""

    message = "Connect error/bad request to Auth service at URL %(url)s."


class AuthUrlNotFound(GlanceStoreException):
    """There is no auth service at this URL."""

    message = "Auth service at URL %(url)s not found."


class AuthorizationFailure(GlanceStoreException):
    """The auth service failed."""

    message = "Authorization failed."


class NotAuthenticated(GlanceStoreException):
    """The credentials are not accepted."""

    message = "You are not authenticated."


class NoServiceEndpoint(GlanceStoreException):
    """The service catalog has no endpoint for us."""

    message = "Response from Keystone does not contain a Glance endpoint."


class RegionAmbiguity(GlanceStoreException):
    """The service catalog has several endpoints, and no region says which."""

    message = (
        "Multiple 'image' service matches for region %(region)s. "
        "This generally means that a region is required and you have not supplied one."
    )
