"""Logging in by v1 authentication: tempauth of Swift, and radosgw's own users."""

from __future__ import annotations

import threading
import time
from typing import Any

from keystoneauth1 import exceptions
from keystoneauth1.plugin import BaseAuthPlugin
from keystoneauth1.session import Session

from orlop.drivers.swift.account import problem_of_url
from orlop.drivers.swift.times import natural


class Tempauth(BaseAuthPlugin):
    """Fetches a token and the storage URL with a name and a password; again when the token ends."""

    def __init__(self, auth_url: str, user: str, key: str, soon: int) -> None:
        super().__init__()
        self._auth_url = auth_url
        # http.client sends Latin-1, and its error would show what is none; servers read UTF-8.
        told = {"X-Auth-User": user, "X-Auth-Key": key}
        self._told = {name: text.encode().decode("latin-1") for name, text in told.items()}
        self._soon = soon
        self._lock = threading.Lock()
        self._token: str | None = None
        self._storage_url = ""
        self._ends = 0.0

    def get_token(self, session: Session) -> str | None:
        """The token, a fresh one when the last is gone or ends soon."""
        with self._lock:
            if self._token is None or time.monotonic() > self._ends - self._soon:
                self._log_in(session)
            return self._token

    def get_endpoint(self, session: Session, **_: Any) -> str | None:
        """Where the account's containers are."""
        self.get_token(session)
        return self._storage_url

    def invalidate(self) -> bool:
        """Forget the token: it was refused."""
        with self._lock:
            had, self._token = self._token is not None, None
        return had

    def _log_in(self, session: Session) -> None:
        asked = time.monotonic()
        answer = session.get(
            self._auth_url, headers=self._told, authenticated=False, log=False, redirect=False, raise_exc=False
        )
        token, url = answer.headers.get("X-Auth-Token"), answer.headers.get("X-Storage-Url")
        if answer.status_code >= 400:
            raise exceptions.from_response(answer, "GET", self._auth_url)
        if not token or not url or problem_of_url(url) or not _is_plain(token):
            raise exceptions.AuthorizationFailure(f"{self._auth_url} gives no token; is it one of v1 authentication?")
        # Where the answer does not say how long it is good for, the first refusal tells.
        # So too where the one that ends soon is given again: Swift's tempauth has no other one before that.
        lasts = natural(answer.headers.get("X-Auth-Token-Expires", ""))
        self._ends = asked + lasts if lasts is not None and token != self._token else float("inf")
        self._token, self._storage_url = token, url.rstrip("/")


def _is_plain(token: str) -> bool:
    return token.isascii() and token.isprintable()
