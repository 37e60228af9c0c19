"""What an S3 server's refusals and botocore's errors mean."""

from __future__ import annotations

import http.client
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ProxyConnectionError,
    ResponseStreamingError,
    SSLError,
    TokenRetrievalError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from orlop.errors import (
    AlreadyExists,
    BackendError,
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

_BY_CODE: dict[str, type[StoreError]] = {
    "NoSuchKey": NotFound,
    "NoSuchBucket": BackendError,
    "NoSuchUpload": BackendError,
    "BadDigest": Mismatch,
    "XAmzContentSHA256Mismatch": Mismatch,
    "XAmzContentChecksumMismatch": Mismatch,
    "KeyTooLongError": InvalidLocation,
    "XMinioInvalidObjectName": InvalidLocation,
    "NotImplemented": Unsupported,
} | dict.fromkeys(
    ("RequestTimeout", "SlowDown", "SlowDownRead", "SlowDownWrite", "InternalError", "ServiceUnavailable", "Throttling",
     "ThrottlingException", "RequestThrottled", "TooManyRequests", "OperationAborted", "ConditionalRequestConflict",
     "IncompleteBody", "BandwidthLimitExceeded"), Unavailable
) | dict.fromkeys(
    ("QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "InsufficientStorage"), StoreFull
) | dict.fromkeys(
    ("AccessDenied", "AllAccessDisabled", "ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "RequestTimeTooSkewed",
     "SignatureDoesNotMatch", "TokenRefreshRequired"), PermissionDenied
)  # fmt: skip
_BY_STATUS: dict[int, type[StoreError]] = {
    401: PermissionDenied,
    403: PermissionDenied,
    412: Mismatch,
    413: StoreFull,
    501: Unsupported,
    507: StoreFull,
} | dict.fromkeys((404, 408, 425, 429, 500, 502, 503, 504), Unavailable)
_BY_CLASS: tuple[tuple[tuple[type[BaseException], ...], type[StoreError]], ...] = (
    ((FlexibleChecksumError,), Mismatch),
    ((NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, TokenRetrievalError), PermissionDenied),
    ((ProfileNotFound, NoRegionError), InvalidSettings),
    ((ProxyConnectionError, BotoConnectionError), Unavailable),
    ((IncompleteReadError, ResponseStreamingError, ResponseParserError, HTTPClientError), Unavailable),
    ((BotoCoreError,), BackendError),
    ((HTTPError, http.client.HTTPException, OSError), Unavailable),
)
# A 404 that does not name what is missing is a middle box's, or another server's: the driver reads that of HEAD itself.
_WRITING = frozenset({"PutObject", "CompleteMultipartUpload"})
_CUT = ("EOF occurred in violation of protocol", "UNEXPECTED_EOF", "TLS/SSL connection has been closed")


def code_of(error: ClientError) -> str:
    """The server's own name for the error; where an answer has no body, as to HEAD, the status."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    """The status of the answer; 0 where botocore does not tell."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def names_absence(error: ClientError) -> bool:
    """Whether the server itself says that there is no such object: no middle box knows that word."""
    return code_of(error) == "NoSuchKey"


def is_absent(error: ClientError) -> bool:
    """Whether it may say that there is no such object: by name, or by a status alone, as to HEAD."""
    return code_of(error) == "NoSuchKey" or (code_of(error) != "NoSuchBucket" and status_of(error) == 404)


def retry_after(error: BaseException) -> float | None:
    """Seconds after which the server wants to be asked again, where it says so."""
    if not isinstance(error, ClientError):
        return None
    said = str(error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("retry-after", "")).strip()
    if re.fullmatch(r"[0-9]{1,9}", said):
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except (TypeError, ValueError, OverflowError):
        return None
    aware = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def classify(error: BaseException) -> type[StoreError] | None:
    """The meaning of an error of botocore or of the network; None when it is neither."""
    if isinstance(error, ClientError):
        return _of_answer(error)
    if isinstance(error, SSLError):
        # A connection that ends within TLS is cut; what else TLS complains of stays so.
        return Unavailable if any(sign in str(error) for sign in _CUT) else BackendError
    return next((kind for classes, kind in _BY_CLASS if isinstance(error, classes)), None)


def _of_answer(error: ClientError) -> type[StoreError]:
    code, status = code_of(error), status_of(error)
    if status == 412 and error.operation_name in _WRITING:
        return AlreadyExists
    return _BY_CODE.get(code) or _BY_STATUS.get(status) or BackendError
