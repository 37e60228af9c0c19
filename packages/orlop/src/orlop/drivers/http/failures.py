"""What a server's refusals and urllib3's errors mean."""

from __future__ import annotations

import http.client
import re
import ssl

from urllib3.exceptions import (
    HTTPError,
    LocationValueError,
    PoolError,
    ProtocolError,
    ProxyError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as HttpTimeoutError

from orlop.errors import BackendError, InvalidLocation, NotFound, PermissionDenied, StoreError, Unavailable
from orlop.support.retry_after import retry_after_seconds

_BY_STATUS: dict[int, tuple[type[StoreError], str]] = {
    401: (PermissionDenied, "the server wants other credentials; set username and password, or the signature is old"),
    403: (PermissionDenied, "the server refuses this to these credentials, or the signature in the URL is old"),
    404: (NotFound, "there is no such image"),
    407: (PermissionDenied, "the proxy wants other credentials; put them into its URL in proxies"),
    410: (NotFound, "the image is gone for good"),
    416: (BackendError, "the server has no such range, and does not say why"),
} | dict.fromkeys((408, 425, 429, 500, 502, 503, 504), (Unavailable, "the server cannot answer now"))

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")


def refusal(status: int, place: str, retry_after: str | None = None) -> StoreError:
    """The error for an answer of this status; `place` is the URL as it may be shown."""
    kind, meaning = _BY_STATUS.get(status, (BackendError, "no answer that reading an image can have"))
    later = f"; it asks to wait {retry_after[:40]}" if retry_after and kind is Unavailable else ""
    seconds = retry_after_seconds(retry_after) if kind is Unavailable else None
    return kind(f"{place} answered {status}: {meaning}{later}", retry_after=seconds)


def classify(error: BaseException) -> type[StoreError] | None:
    """The meaning of an error of urllib3 or of the network; None when it is neither."""
    kind: type[StoreError] | None = None
    if isinstance(error, ProxyError):
        kind = _by_proxy(error)
    elif isinstance(error, SSLError | ssl.SSLError):
        cause = error.args[0] if error.args else None
        # A connection that ends within TLS is cut; what else TLS complains of stays so.
        cut = isinstance(error, _CUT) or isinstance(cause, _CUT)
        kind = Unavailable if cut else BackendError
    elif isinstance(error, LocationValueError):
        kind = InvalidLocation
    elif isinstance(error, HttpTimeoutError | ProtocolError | PoolError | http.client.HTTPException | OSError):
        kind = Unavailable
    elif isinstance(error, HTTPError):
        kind = BackendError
    return kind


_CUT = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


def _by_proxy(error: ProxyError) -> type[StoreError]:
    refused = _TUNNEL.search(str(error.original_error))
    if refused is None:
        return classify(error.original_error) or Unavailable
    status = int(refused.group(1))
    return PermissionDenied if status in {401, 403, 407} else _BY_STATUS.get(status, (BackendError, ""))[0]
