"""What the refusals of Swift and Keystone mean, and the errors of their client."""

from __future__ import annotations

import http.client

import requests
from keystoneauth1 import exceptions
from urllib3.exceptions import HTTPError

from orlop.errors import (
    AlreadyExists,
    BackendError,
    InvalidSettings,
    NotFound,
    PermissionDenied,
    StoreError,
    StoreFull,
    Unavailable,
)

_BY_STATUS: dict[int, tuple[type[StoreError], str]] = {
    401: (PermissionDenied, "the token is refused; may this user use the account?"),
    403: (PermissionDenied, "this user may not do that here; see its roles and the container's ACL"),
    404: (NotFound, "there is no such object or container"),
    412: (AlreadyExists, "there is an image of this id"),
    413: (StoreFull, "the quota of the account or container is used up"),
    416: (BackendError, "the server has no such range, and does not say why"),
    422: (Unavailable, "the server has received other bytes than were sent"),
    497: (PermissionDenied, "the account may not be written to (ratelimit's blacklist)"),
    507: (StoreFull, "the server has no space left"),
} | dict.fromkeys((408, 409, 425, 429, 498, 499, 500, 502, 503, 504), (Unavailable, "the server cannot do that now"))

MISSING = frozenset({404, 410})


def refusal(status: int, what: str, said: str = "") -> StoreError:
    """The error for an answer of this status to `what`; `said` is how the server explains it."""
    kind, meaning = _BY_STATUS.get(status, (BackendError, "no answer that this request can have"))
    details = f" ({' '.join(said.split())[:200]})" if said and kind is BackendError else ""
    return kind(f"{what} was answered {status}: {meaning}{details}")


def classify(error: BaseException) -> type[StoreError] | None:
    """The meaning of an error of keystoneauth1, requests or urllib3; None when it is none of theirs."""
    kind: type[StoreError] | None = None
    if isinstance(error, exceptions.HttpError):
        kind = _of_keystone(error.http_status)
    elif isinstance(error, exceptions.SSLError | requests.exceptions.SSLError):
        kind = BackendError
    elif isinstance(
        error, exceptions.ConnectionError | exceptions.DiscoveryFailure | exceptions.RetriableConnectionFailure
    ):
        kind = Unavailable
    elif isinstance(error, exceptions.EndpointNotFound | exceptions.MissingAuthMethods | exceptions.MissingAuthPlugin):
        kind = InvalidSettings
    elif isinstance(error, exceptions.AuthorizationFailure):
        kind = PermissionDenied
    elif isinstance(error, requests.exceptions.RequestException | HTTPError | http.client.HTTPException | OSError):
        kind = Unavailable
    elif isinstance(error, exceptions.ClientException):
        kind = BackendError
    return kind


def _of_keystone(status: int) -> type[StoreError]:
    if status == 404:
        return InvalidSettings  # no Keystone is where auth_url says
    return _BY_STATUS.get(status, (BackendError, ""))[0]
