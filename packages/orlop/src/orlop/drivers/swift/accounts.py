"""The accounts of one store: its own, those that locations refer to, and those of old locations."""

from __future__ import annotations

import threading

from pydantic import SecretStr

from orlop.drivers.swift.account import Account
from orlop.drivers.swift.acting import Acting
from orlop.drivers.swift.client import Client
from orlop.drivers.swift.connections import Sessions
from orlop.drivers.swift.locating import Address, compose, compose_reference, same_login
from orlop.drivers.swift.login import Login, login_for
from orlop.drivers.swift.settings import EVERY, SwiftSettings
from orlop.errors import InvalidLocation, InvalidSettings


class Accounts:
    """Logs in once for each account, when it is first needed; safe in many threads."""

    def __init__(self, settings: SwiftSettings, sessions: Sessions, acting: Acting | None = None) -> None:
        """`acting`: for a user, in his account, and not in the store's own."""
        self._settings = settings
        self._sessions = sessions
        self._acting = acting
        self._lock = threading.Lock()
        self._clients: dict[tuple[str | None, ...], Client] = {}

    @property
    def own(self) -> Client:
        """The store's own account."""
        return self._client((), self._settings)

    def at(self, address: Address) -> Client:
        """The account that an image's address means.

        Raises:
            InvalidLocation: it is none of this store's.
        """
        if self._settings.multi_tenant:
            return self._of_tenant(address)
        if address.reference is not None:
            return self._referred(address.reference)
        url = self._settings.auth_url if self._settings.auth_url is not None else self.own.auth_url
        known = self._is_login(url, address.base)
        if not known and EVERY not in self._settings.other_auth_urls:
            raise InvalidLocation(
                "this is no account of this store: it logs in elsewhere (auth_url). Where that is another address of "
                "the same Keystone, see other_auth_urls"
            )
        if address.user is None or not address.key or self._is_own(address.user):
            return self.own
        if not known or url is None:
            raise InvalidLocation(
                "the location has a user and password for an address that is not known to be this store's Keystone; "
                "they are sent nowhere. Where it is the same, list it in other_auth_urls"
            )
        project, mark, user = address.user.partition(":")
        if self._settings.auth_version == "1":
            project, user = "", address.user
        elif not mark:
            raise InvalidLocation("the user in a location is PROJECT:USER")
        domains = {"user_domain_id", "user_domain_name", "project_domain_id", "project_domain_name"}
        same = self._settings.model_dump(include=domains | {"auth_version"})
        key = SecretStr(address.key)
        account = Account(**same, auth_url=url, user=user, project=project or None, key=key)
        if problem := account.problem():
            raise InvalidLocation(problem)
        return self._client((address.user, address.key), account)

    def location(self, container: str, name: str) -> str:
        """The location of an image in the store's own account, or in that of the user it acts for."""
        if self._settings.multi_tenant:
            return compose(self.own.url, container, name)
        reference = self._settings.reference or self._settings.cloud
        if reference is not None:
            return compose_reference(reference, container, name)
        if self._settings.auth_url is None:
            return compose_reference(_ENVIRONMENT, container, name)
        return compose(self._settings.auth_url, container, name)

    def _of_tenant(self, address: Address) -> Client:
        """The account in a location's URL, when it is one of the same Swift: nobody else is given a token."""
        own_root, _, own = self.own.url.rpartition("/")
        root, _, account = address.base.rpartition("/")
        others = self._settings.other_auth_urls
        known = any(root.lower() == url.partition("://")[2].rstrip("/").lower() for url in (own_root, *others))
        if address.reference is not None or account in {"", ".", ".."} or not (known or EVERY in others):
            raise InvalidLocation(
                "this is no storage URL of this store's Swift, with an account, container and object; where it is a "
                "former address of it, see other_auth_urls"
            )
        return self.own if account == own else self.own.for_account(f"{own_root}/{account}")

    def _referred(self, reference: str) -> Client:
        if reference == (self._settings.reference or self._settings.cloud or _ENVIRONMENT):
            return self.own
        account = self._settings.references.get(reference)
        if account is None:
            raise InvalidLocation(f"this store knows no account that is called {reference!r}; see references")
        return self._client((reference,), account)

    def _is_login(self, auth_url: str | None, base: str) -> bool:
        """Whether `base`, a URL without its scheme, is where this store logs in, or another known address of that."""
        others = (one for one in self._settings.other_auth_urls if one != EVERY)
        return any(same_login(url.partition("://")[2], base) for url in (auth_url, *others) if url)

    def _is_own(self, user: str) -> bool:
        settings = self._settings
        names = {f"{project}:{settings.user}" for project in (settings.project, settings.project_id) if project}
        return user in names or (settings.auth_version == "1" and user == settings.user)

    def _client(self, key: tuple[str | None, ...], account: Account) -> Client:
        with self._lock:
            if key not in self._clients:
                if not key and self._acting is not None:
                    return self._clients.setdefault(key, Client(self._settings, self._sessions, Login(self._acting)))
                if account.auth_url is not None and account.key is None and account.application_credential_id is None:
                    raise InvalidSettings("this store has no user of its own; users bring theirs")
                login = login_for(account, self._settings.expire_soon)
                self._clients[key] = Client(self._settings, self._sessions, login)
            return self._clients[key]


_ENVIRONMENT = "envvars"
"""How openstacksdk calls what the OS_* variables say."""
