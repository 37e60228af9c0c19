"""Acting for a user: with the token that he brings, or through a trust of his, which outlives it."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from keystoneauth1 import exceptions
from keystoneauth1.plugin import BaseAuthPlugin
from keystoneauth1.session import Session

from orlop.drivers.swift.account import Account
from orlop.drivers.swift.failures import MISSING, understood
from orlop.drivers.swift.listing import json_of
from orlop.drivers.swift.login import on_behalf_of, plugin_for
from orlop.drivers.swift.settings import SwiftSettings
from orlop.errors import InvalidSettings, PermissionDenied, StoreError
from orlop.records import Identity

_LONGEST = timedelta(days=7)
"""A trust that nobody revokes, because its process was killed, ends after this time."""


class Acting(BaseAuthPlugin):
    """Logs in for one user; the trust is made when it is first needed, and ends with `revoke`."""

    def __init__(self, settings: SwiftSettings, identity: Identity) -> None:
        super().__init__()
        if settings.auth_url is None:
            raise InvalidSettings("multi_tenant needs auth_url: by it the users' tokens are turned into the store's")
        if not (identity.token.isascii() and identity.token.isprintable() and identity.token.strip() == identity.token):
            # Whoever tries to send it would show it in an error.
            raise PermissionDenied("the user's token has characters that no token has")
        self._settings = settings
        self._auth_url = settings.auth_url
        self._identity = identity
        self._user = on_behalf_of(settings.auth_url, identity, settings.expire_soon)
        self._trust_id: str | None = None
        self._plugin: BaseAuthPlugin | None = None
        self._ended = False
        self._lock = threading.Lock()

    def get_token(self, session: Session) -> str | None:
        """A token to act with."""
        return self._acting(session).get_token(session)

    def get_endpoint(self, session: Session, **wanted: Any) -> str | None:
        """Where the user's containers are."""
        return self._acting(session).get_endpoint(session, **wanted)

    def get_project_id(self, session: Session, **_: Any) -> str | None:
        """The user's project."""
        return self._identity.project_id

    def invalidate(self) -> bool:
        """Forget the token: it was refused."""
        return self._plugin is not None and self._plugin.invalidate()

    def revoke(self, session: Session) -> None:
        """End the trust, if there is one; may be called twice. From now on none is made any more."""
        with self._lock:
            self._ended = True
            trust_id, self._trust_id = self._trust_id, None
            if trust_id is None or self._plugin is None:
                return
            for plugin in (self._plugin, self._user, self._plugin):
                # If Keystone does not answer now, it ends by itself one day.
                with suppress(exceptions.ClientException, StoreError), understood():
                    url = f"{self._auth_url}/OS-TRUST/trusts/{trust_id}"
                    answer = session.delete(url, auth=plugin, log=False, raise_exc=False)
                    if answer.status_code < 300 or answer.status_code in MISSING:
                        return

    def _acting(self, session: Session) -> BaseAuthPlugin:
        with self._lock:  # two threads would make two trusts, of which one would stay
            if self._plugin is None:
                self._plugin = (None if self._ended else self._trusted(session)) or self._user
            return self._plugin

    def _trusted(self, session: Session) -> BaseAuthPlugin | None:
        """Through a trust; None where there can be none: without an own user, or because Keystone refuses."""
        settings = self._settings
        if not settings.use_trusts or settings.key is None or not self._identity.roles:
            return None
        own = plugin_for(settings, self._auth_url, settings.expire_soon)
        ends = datetime.now(UTC) + _LONGEST
        trust = {
            "trustor_user_id": self._identity.user_id,
            "trustee_user_id": own.get_user_id(session),
            "project_id": self._identity.project_id,
            "roles": [{"name": role} for role in self._identity.roles],
            "impersonation": True,
            "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        url = f"{self._auth_url}/OS-TRUST/trusts"
        answer = session.post(url, json={"trust": trust}, auth=self._user, log=False, raise_exc=False)
        if answer.status_code >= 300:
            return None
        self._trust_id = str(json_of(answer, "a trust")["trust"]["id"])
        names = set(Account.model_fields) - {"project", "project_id", "project_domain_id", "project_domain_name"}
        told = {name: getattr(settings, name) for name in names}
        as_user = Account(**{**told, "trust_id": self._trust_id})
        return plugin_for(as_user, self._auth_url, settings.expire_soon)
