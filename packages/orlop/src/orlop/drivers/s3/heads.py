"""Strict answers for botocore: whole heads within limits, and connections that end with their call."""

from __future__ import annotations

from typing import Any

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from botocore.handlers import add_expect_header

from orlop.support.http_connections import StrictMixin


class _Connection(StrictMixin, AWSHTTPConnection):  # type: ignore[misc]  # botocore is not typed
    """A connection with strict answers."""


class _TlsConnection(StrictMixin, AWSHTTPSConnection):  # type: ignore[misc]
    """A TLS connection with strict answers."""


class _Pool(AWSHTTPConnectionPool):  # type: ignore[misc]
    ConnectionCls = _Connection


class _TlsPool(AWSHTTPSConnectionPool):  # type: ignore[misc]
    ConnectionCls = _TlsConnection


def require_whole_heads(service: Any) -> None:
    """Have this client refuse answers whose head was cut or has no end."""
    # With Expect botocore reads the first answer by itself: without limits, and for ever where the connection ends.
    service.meta.events.unregister("before-call.s3", add_expect_header)
    # botocore offers no way to name the connection's class. This dictionary is what all of its pools are made by.
    service._endpoint.http_session._pool_classes_by_scheme.update(http=_Pool, https=_TlsPool)  # noqa: SLF001
