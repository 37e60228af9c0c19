"""What the answers of Swift and Keystone mean, and the errors of their client.

A status is read together with the request that it answers: 412 says "there is such an image" to a PUT that asked for
it, and nothing of the kind to a listing.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import requests
from keystoneauth1 import exceptions
from urllib3.exceptions import HTTPError

from orlop.drivers.swift.times import wait_of
from orlop.errors import (
    AlreadyExists,
    BackendError,
    InUse,
    InvalidSettings,
    NotFound,
    PermissionDenied,
    StoreError,
    StoreFull,
    Unavailable,
)

Meaning = tuple[type[StoreError], str]

MISSING = frozenset({404, 410})

_NAMES = ("X-Trans-Id", "X-Openstack-Request-Id")
"""Headers by which Swift and radosgw show that an answer is theirs, and not that of a proxy or a portal."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of Swift, as far as the meaning of an answer depends on it."""

    method: str
    container: str = ""
    name: str = ""
    create_only: bool = False

    @property
    def target(self) -> str:
        """Kind of what it is for."""
        return "object" if self.name else "container" if self.container else "account"

    def __str__(self) -> str:
        return f"{self.method} {self.container}/{self.name}".rstrip("/")


_NO_OBJECT: Meaning = (NotFound, "there is no such object or container")
_LATER: Meaning = (Unavailable, "the server cannot do that now")
_DAMAGED: Meaning = (Unavailable, "the server has received other bytes than were sent")

_BY_STATUS: dict[int, Meaning] = {
    401: (PermissionDenied, "the token is refused; may this user use the account?"),
    403: (PermissionDenied, "this user may not do that here; see its roles and the container's ACL"),
    497: (PermissionDenied, "the account may not be written to (ratelimit's blacklist)"),
    507: (StoreFull, "the server has no space left"),
} | dict.fromkeys((408, 425, 429, 498, 499), _LATER)
"""What means the same for every request."""

_BY_REQUEST: dict[tuple[str, str, int], Meaning] = {
    ("HEAD", "account", 404): (InvalidSettings, "there is no such account; see project, region and endpoint"),
    ("GET", "account", 404): (InvalidSettings, "there is no such account; see project, region and endpoint"),
    ("GET", "container", 404): (InvalidSettings, "there is no such container"),
    ("HEAD", "container", 404): (InvalidSettings, "there is no such container"),
    ("POST", "container", 404): (NotFound, "there is no such container"),
    ("DELETE", "container", 404): (NotFound, "there is no such container"),
    ("PUT", "container", 409): (PermissionDenied, "the container's name is taken by somebody else"),
    ("PUT", "container", 413): (StoreFull, "the account may have no more containers"),
    ("DELETE", "container", 409): (InUse, "the container is not empty"),
    ("HEAD", "object", 404): _NO_OBJECT,
    ("GET", "object", 404): _NO_OBJECT,
    ("GET", "object", 416): (BackendError, "the server has no such range, and does not say why"),
    ("DELETE", "object", 404): _NO_OBJECT,
    ("DELETE", "object", 409): _LATER,
    ("PUT", "object", 404): (Unavailable, "the container is gone"),
    ("PUT", "object", 409): _LATER,
    ("PUT", "object", 413): (StoreFull, "the quota of the account or container is used up"),
    ("PUT", "object", 422): _DAMAGED,
}
"""What depends on the request: method, target, status."""

_SUCCESS: dict[tuple[str, str], frozenset[int]] = {
    ("HEAD", "object"): frozenset({200}),
    ("GET", "object"): frozenset({200, 206}),
    ("PUT", "object"): frozenset({201}),
    ("PUT", "container"): frozenset({201, 202}),
    ("POST", "container"): frozenset({201, 202, 204}),
    ("DELETE", "object"): frozenset({204}),
    ("DELETE", "container"): frozenset({204}),
}
_READ = frozenset({200, 204})
"""What HEAD and GET of accounts and containers are answered."""

_NEVER_LATER = frozenset({501, 505})


def named(headers: Mapping[str, str]) -> bool:
    """Whether an answer shows that it is Swift's."""
    return any(name in headers for name in _NAMES)


def problem_with(
    request: Request, answer: requests.Response, also: frozenset[int] = frozenset(), said: str = ""
) -> StoreError | None:
    """The error for an answer to `request`; None when it is a success, or a status of `also`, and Swift's own.

    A proxy, a load balancer or a portal between may answer 200 where nothing was done, and 404 where an image is. Only
    an answer that Swift has marked as its own counts. `said` is how the server explains its refusal.
    """
    status = answer.status_code
    good = _SUCCESS.get((request.method, request.target), _READ)
    if status in good or status in also or status < 300:
        if named(answer.headers) and (status in good or status in also):
            return None
        return _foreign(request, status)
    if status in MISSING | {412, 413} and not named(answer.headers):
        return _foreign(request, status)
    kind, meaning = _meaning(request, status)
    details = f" ({' '.join(said.split())[:200]})" if said and kind is BackendError else ""
    error = kind(f"{request} was answered {status}: {meaning}{details}")
    error.retry_after = wait_of(answer.headers) if error.retryable else None
    return error


def _foreign(request: Request, status: int) -> StoreError:
    return Unavailable(
        f"{request} was answered {status}, and not by Swift: the answer has no {_NAMES[0]}, or no status that Swift "
        "gives; look at the proxies and load balancers on the way"
    )


def _meaning(request: Request, status: int) -> Meaning:
    if status == 412 and request.create_only:
        return AlreadyExists, "there is an image of this id"
    status = 404 if status in MISSING else status
    found = _BY_REQUEST.get((request.method, request.target, status)) or _BY_STATUS.get(status)
    if found is None and status >= 500 and status not in _NEVER_LATER:
        found = _LATER
    return found or (BackendError, "no answer that this request can have")


def classify(error: BaseException) -> type[StoreError] | None:
    """The meaning of an error of keystoneauth1, requests or urllib3; None when it is none of theirs."""
    kind: type[StoreError] | None = None
    if isinstance(error, exceptions.HttpError):
        kind = _of_keystone(error.http_status)
    elif isinstance(error, exceptions.SSLError | requests.exceptions.SSLError | requests.exceptions.InvalidHeader):
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


def may_pass(error: BaseException) -> bool:
    """Whether an error leaves it open what has become of a request: the answer alone may be lost."""
    return isinstance(error, Unavailable) or classify(error) is Unavailable


def retry_after(error: BaseException) -> float | None:
    """Seconds that Keystone asks to be left alone for, by its error."""
    response = error.response if isinstance(error, exceptions.HttpError) else None
    return wait_of(response.headers) if response is not None else None


@contextmanager
def understood() -> Iterator[None]:
    """A context in which what Keystone's client stumbles over in an answer becomes an error of ours.

    Raises:
        BackendError: the answer has another shape than Keystone gives.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        if classify(error) is not None:
            raise
        raise BackendError(
            f"the answer to a login, or its catalog, cannot be understood ({type(error).__name__}); is auth_url "
            "that of Keystone?"
        ) from error


def _of_keystone(status: int) -> type[StoreError]:
    if status in MISSING:
        return InvalidSettings  # no Keystone is where auth_url says
    if status >= 500 and status not in _NEVER_LATER:
        return Unavailable
    return _BY_STATUS.get(status, (BackendError, ""))[0]
