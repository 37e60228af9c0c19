"""Answers with whole heads only: botocore would take a connection that is cut amid the headers for their end."""

from __future__ import annotations

from typing import Any

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)

from orlop.heads import WholeHead


class _Connection(AWSHTTPConnection):  # type: ignore[misc]  # botocore is not typed
    response_class = WholeHead


class _TlsConnection(AWSHTTPSConnection):  # type: ignore[misc]
    response_class = WholeHead


class _Pool(AWSHTTPConnectionPool):  # type: ignore[misc]
    ConnectionCls = _Connection


class _TlsPool(AWSHTTPSConnectionPool):  # type: ignore[misc]
    ConnectionCls = _TlsConnection


def require_whole_heads(service: Any) -> None:
    """Have this client refuse answers whose head was cut."""
    # botocore offers no way to name the connection's class. This dictionary is what all of its pools are made by.
    service._endpoint.http_session._pool_classes_by_scheme.update(http=_Pool, https=_TlsPool)  # noqa: SLF001
