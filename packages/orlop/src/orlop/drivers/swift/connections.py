"""The connections of one store: sessions of requests as keystoneauth1 wants them, with strict answers."""

from __future__ import annotations

import os
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import requests
from keystoneauth1.session import Session, TCPKeepAliveAdapter

from orlop.drivers.swift.login import PUBLIC, Trusted
from orlop.drivers.swift.settings import SwiftSettings
from orlop.support.http_answers import ERROR_BYTES, answers_within, image_answers
from orlop.support.http_connections import POOLS
from orlop.support.redact import Redaction
from orlop.support.redacted_logs import logs_redacted

_SPARE = 8
"""Connections beside those of the lanes: several readers and uploads at once are usual."""


class _Adapter(TCPKeepAliveAdapter):
    """Waits for no answer longer than the settings say: what keystoneauth1 asks of itself has no timeout."""

    def __init__(self, settings: SwiftSettings, **words: Any) -> None:
        self._timeout = (settings.connect_timeout, settings.read_timeout)
        self._redaction = Redaction(settings.secrets())
        super().__init__(**words)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        # Of http.client's own buffer for what is sent; more than 1 MiB gained nothing on loopback.
        super().init_poolmanager(*args, blocksize=1 << 20, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def send(self, request: Any, stream: bool = False, timeout: Any = None, *args: Any, **words: Any) -> Any:
        with logs_redacted(self._redaction), _limit_of(request.method, stream):
            return super().send(request, stream, timeout or self._timeout, *args, **words)


def _limit_of(method: str, stream: bool) -> AbstractContextManager[None]:
    """How long an answer may be: images come as a stream; tokens and listings are long, and not endless.

    Others say next to nothing, and many of them come at once, each of which may be endless.
    """
    if stream:
        return image_answers()
    return nullcontext() if method in {"GET", "POST"} else answers_within(ERROR_BYTES)


def _new_session(settings: SwiftSettings, trusted: Trusted) -> Session:
    """A session without retries, without redirects, and without a say for the environment.

    Of `trusted`, what a cloud says, the settings are the last word.
    """
    plain = requests.Session()
    plain.trust_env = False  # no proxies, no ~/.netrc, no REQUESTS_CA_BUNDLE
    plain.headers["Accept-Encoding"] = "identity"  # a few bytes cannot become many then
    size = settings.lanes + settings.read_lanes + _SPARE
    for scheme in ("https://", "http://"):
        plain.mount(scheme, _Adapter(settings, pool_connections=8, pool_maxsize=size, max_retries=0))
    verify = False if settings.insecure else trusted.verify
    if settings.ca_file is not None:
        verify = str(settings.ca_file)
    return Session(session=plain, verify=verify, cert=trusted.certificate, user_agent="orlop", redirect=False)


class Sessions:
    """One session for all clouds that trust alike; others in a forked process, where the sockets are the parent's."""

    def __init__(self, settings: SwiftSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._sessions: dict[Trusted, Session] = {}
        self._owner = 0
        self.known: dict[str, Any] = {}
        """What servers have said about themselves, by their URLs, for all who share these connections."""

    def get(self, trusted: Trusted = PUBLIC) -> Session:
        """The session of this process."""
        with self._lock:
            if self._owner != os.getpid():
                self._sessions, self._owner = {}, os.getpid()
            if trusted not in self._sessions:
                self._sessions[trusted] = _new_session(self._settings, trusted)
            return self._sessions[trusted]

    def close(self) -> None:
        """Close the idle connections. A later request opens new ones."""
        with self._lock:
            sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            session.session.close()
