"""The connections of one store: pools by urllib3, TLS, proxies. One request, no redirects, no retries."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Mapping
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError, ProxyError, SSLError

from orlop.drivers.http.addresses import Reach, pools_within
from orlop.drivers.http.settings import HttpSettings
from orlop.drivers.http.targets import Target, parse
from orlop.errors import BackendError, InvalidSettings
from orlop.support.http_answers import image_answers
from orlop.support.http_connections import POOLS
from orlop.support.redact import Redaction
from orlop.support.redacted_logs import logs_redacted

_POOLS = 32


class Connections:
    """Sends requests; safe in many threads."""

    def __init__(self, settings: HttpSettings) -> None:
        self._settings = settings
        self._redaction = Redaction(settings.secrets())
        self._lock = threading.Lock()
        self._managers: dict[tuple[str, Reach], urllib3.PoolManager] = {}
        self._owner = 0

    def request(
        self, method: str, target: Target, headers: Mapping[str, str], reach: Reach
    ) -> urllib3.BaseHTTPResponse:
        """The answer to one request, its body unread, from an address within `reach`.

        Through a proxy it is the proxy that resolves names: only addresses in URLs are held against `reach` then.
        """
        with logs_redacted(self._redaction), image_answers():
            try:
                return self._manager(target.scheme, reach).urlopen(
                    method,
                    target.url,
                    headers=dict(headers),
                    redirect=False,
                    retries=False,
                    preload_content=False,
                    decode_content=False,
                )
            except (SSLError, ProxyError) as error:
                if (reason := _distrust(error)) is None:
                    raise
                advice = (
                    "set ca_file to the authority that signed it" if self._settings.ca_file is None else "see ca_file"
                )
                raise BackendError(
                    f"the certificate of {target.host}:{target.port} is not trusted ({reason}); {advice}"
                ) from error

    def close(self) -> None:
        """Close the idle connections. A later request opens new ones."""
        with self._lock:
            managers, self._managers = self._managers, {}
        for manager in managers.values():
            manager.clear()

    def _manager(self, scheme: str, reach: Reach) -> urllib3.PoolManager:
        with self._lock:
            if self._owner != os.getpid():
                # After a fork the sockets are the parent's: two processes in one TLS stream would break it.
                self._managers, self._owner = {}, os.getpid()
            if (scheme, reach) not in self._managers:
                self._managers[scheme, reach] = self._new_manager(scheme, reach)
            return self._managers[scheme, reach]

    def _new_manager(self, scheme: str, reach: Reach) -> urllib3.PoolManager:
        settings = self._settings
        options: dict[str, Any] = {
            "num_pools": _POOLS,
            "maxsize": settings.pool_size,
            "timeout": urllib3.Timeout(connect=settings.connect_timeout, read=settings.read_timeout),
            "ssl_context": self._tls(),
        }
        if scheme in settings.proxies:
            proxy, own = parse(settings.proxies[scheme].get_secret_value())
            headers = {"Proxy-Authorization": own.header()} if own is not None else {}
            manager: urllib3.PoolManager = urllib3.ProxyManager(
                proxy.url, proxy_headers=headers, proxy_ssl_context=self._tls(), **options
            )
            manager.pool_classes_by_scheme = dict(POOLS)
        else:
            manager = urllib3.PoolManager(**options)
            manager.pool_classes_by_scheme = pools_within(reach)
        return manager

    def _tls(self) -> ssl.SSLContext:
        file = self._settings.ca_file
        try:
            context = ssl.create_default_context(cafile=file)
        except OSError as error:  # ssl.SSLError is one: a file that holds no certificate
            raise InvalidSettings(f"ca_file {file} cannot be used: {error.strerror or error}") from error
        if self._settings.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _distrust(error: HTTPError) -> str | None:
    """Why a certificate was refused; None when the error is another one."""
    cause: object = error
    while isinstance(cause, SSLError | ProxyError):
        cause = cause.original_error if isinstance(cause, ProxyError) else cause.args[0]
    return cause.verify_message if isinstance(cause, ssl.SSLCertVerificationError) else None
