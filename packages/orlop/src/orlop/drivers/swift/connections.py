"""The connections of one store: a session of requests as keystoneauth1 wants it, with whole heads."""

from __future__ import annotations

from typing import Any

import requests
from keystoneauth1.session import Session, TCPKeepAliveAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from orlop.drivers.swift.settings import SwiftSettings
from orlop.heads import WholeHead

_SPARE = 8
"""Connections beside those of the lanes: several readers and uploads at once are usual."""


class _Connection(HTTPConnection):
    response_class = WholeHead


class _TlsConnection(HTTPSConnection):
    response_class = WholeHead


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    """Connects without urllib3's warning at each request of an `insecure` store: `check` says it once."""

    ConnectionCls = _TlsConnection

    def _validate_conn(self, conn: Any) -> None:
        if conn.is_closed:
            conn.connect()


class _Adapter(TCPKeepAliveAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        # Of http.client's own buffer for what is sent; more than 1 MiB gained nothing on loopback.
        super().init_poolmanager(*args, blocksize=1 << 20, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


def new_session(settings: SwiftSettings) -> Session:
    """A session without retries, without redirects, and without a say for the environment."""
    plain = requests.Session()
    plain.trust_env = False  # no proxies, no ~/.netrc, no REQUESTS_CA_BUNDLE
    size = settings.lanes + settings.read_lanes + _SPARE
    for scheme in ("https://", "http://"):
        plain.mount(scheme, _Adapter(pool_connections=8, pool_maxsize=size, max_retries=0))
    verify: bool | str = not settings.insecure
    if settings.ca_file is not None:
        verify = str(settings.ca_file.expanduser())
    return Session(session=plain, verify=verify, user_agent="orlop", redirect=False)
