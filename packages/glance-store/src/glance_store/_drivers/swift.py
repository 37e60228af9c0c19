"""The Swift store."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from orlop.drivers.swift.locating import parse, same_login
from orlop.drivers.swift.settings import SwiftSettings
from orlop.errors import InvalidSettings
from orlop.lifecycle.tombstones import tombstone
from orlop.location import without_secrets
from orlop.records import Identity
from orlop.store import Store as OrlopStore

from glance_store import exceptions
from glance_store._bridge import swift_prefixes
from glance_store._bridge.locations import UriLocation
from glance_store._bridge.options import declared
from glance_store._bridge.prefixes import Prefixes, prefixes, stores_of
from glance_store._bridge.store import Store as BridgedStore
from glance_store._bridge.swift_accounts import account, accounts_in, other_account
from glance_store._bridge.swift_options import SWIFT_OPTIONS
from glance_store.capabilities import BitMasks

LOG = logging.getLogger(__name__)

swiftclient: Any = None


class BaseStore(BridgedStore):
    """Images as objects in a container."""

    DRIVER = "swift"
    SCHEMES = ("swift+https", "swift", "swift+http", "swift+config")
    TABLE = SWIFT_OPTIONS
    OPTIONS = declared(SWIFT_OPTIONS, SwiftSettings, "swift")
    _CAPABILITIES = BitMasks.READ_RANDOM | BitMasks.WRITE_ACCESS | BitMasks.DRIVER_REUSABLE
    _known: str | None = None
    """The location of an image that it has stored."""

    @property
    def container(self) -> str:
        """What the option says."""
        return str(self.store_conf.swift_store_container)

    @property
    def large_object_size(self) -> int:
        """What the option says."""
        return int(self.store_conf.swift_store_large_object_size)

    @property
    def large_object_chunk_size(self) -> int:
        """What the option says."""
        return int(self.store_conf.swift_store_large_object_chunk_size)

    def settings(self) -> dict[str, Any]:
        """What the options say, and the file with references, if there is one.

        Raises:
            InvalidSettings: they contradict each other, or no account is named.
        """
        settings = _EVERY | super().settings()
        own = {} if self.backend_group is None else self.conf[self.backend_group].orlop_settings or {}
        if settings.get("multi_tenant") and settings.get("container_digits") and "container_digits" not in own:
            LOG.warning(
                "The store %s: swift_store_multiple_containers_seed is not used by a multi-tenant store", self.name
            )
            settings.pop("container_digits")
        if settings.get("ca_file") and settings.get("insecure"):
            settings.pop("ca_file")  # no certificate is looked at, as it always has been with both
        for name, usual in _USUAL.items():
            if settings.get(name) == usual:
                settings.pop(name)  # so that a cloud of clouds.yaml has its say
        settings.setdefault("other_auth_urls", ("*",))  # the Keystone of an old location may have moved since
        said = {name: getattr(self.store_conf, f"swift_store_{name}") for name in _OF_ONE_ACCOUNT}
        file = self.store_conf.swift_store_config_file
        if file:
            if settings.get("multi_tenant"):
                raise InvalidSettings(
                    "swift_store_config_file and swift_store_multi_tenant: only one of them can be set"
                )
            return {**self._referred(file), **settings}
        if not settings.get("multi_tenant"):
            # As glance_store 5.7 reads it, with this account, when it has these options; and without credentials.
            settings.setdefault("reference", self.store_conf.default_swift_reference)
        if settings.get("multi_tenant") and said["auth_address"] and not said["user"]:
            return {"auth_url": said["auth_address"], **settings}
        if {"cloud", "auth_url"} & set(settings):  # of orlop_settings
            if "reference" not in own:
                settings.pop("reference", None)
            return settings
        if not said["auth_address"]:
            raise InvalidSettings("swift_store_config_file is needed, or swift_store_auth_address and a user")
        return {**account(said, "swift_store_..."), **settings}

    def opened(self) -> OrlopStore:
        """The store; of versions of authentication that are gone, their history is told.

        Raises:
            InvalidSettings: the options are wrong.
        """
        try:
            _ = self.store_conf.swift_store_auth_version
        except ValueError as error:  # no choice of the option's: oslo.config says which, and does not give it
            for version in ("1", "2"):
                if f"found '{version}'" in str(error) and (gone := tombstone(f"swift-auth-v{version}")):
                    raise InvalidSettings(str(gone)) from error
            raise InvalidSettings(f"swift_store_auth_version: only 3 there is: {error}") from None
        return super().opened()

    @property
    def url_prefix(self) -> tuple[str, ...] | None:
        """What the locations of this store begin with, old ones too: none of another Swift store's."""
        settings = self._settings()
        if settings is None:
            return None
        if settings.multi_tenant:
            return prefixes(swift_prefixes.tenants(settings, self._known)) or None
        all_ = [(one, found) for one in stores_of(BaseStore, self.conf) if (found := one._settings()) is not None]
        login = swift_prefixes.login_of(settings)
        others = [found for _, found in all_ if swift_prefixes.login_of(found) != login]
        theirs = [text for one in others for text in (*swift_prefixes.plain(one), *swift_prefixes.by_user(one))]
        found = prefixes((*swift_prefixes.plain(settings), *swift_prefixes.referred(settings)), theirs)
        wide = tuple(swift_prefixes.by_user(settings))
        # Of several stores with one login each has its own containers; what tells none of them is the last one's.
        alike = [one for one, found in all_ if swift_prefixes.login_of(found) == login]
        if alike[-1:] == [self] and prefixes(wide, theirs) == wide:
            return Prefixes((*found, *wide)) or None
        return Prefixes((*found, *swift_prefixes.by_password(settings))) or None

    def written(self, location: str) -> str:
        """The location of a new image as it is handed out."""
        self._known = location
        return super().written(location)

    def require_gone(self, location: str) -> None:
        """See that an image which was not found is gone: one at another Keystone's address may be in another Swift.

        Raises:
            TimeoutError: the store is not as it should be.
            Forbidden: nobody knows whether that address is a former one of this store's Keystone.
        """
        super().require_gone(location)
        settings, address = self._settings(), parse(location)
        if settings is None or settings.auth_url is None or settings.multi_tenant or address.reference is not None:
            return
        here = (settings.auth_url, *settings.other_auth_urls)
        if not any(same_login(url.partition("://")[2], address.base) for url in here):
            raise exceptions.Forbidden(
                f"{self.name}: {without_secrets(location)} was not found, and this store logs in elsewhere "
                "than at that Keystone; if it is a former address, name it in orlop_settings = other_auth_urls:[...]"
            )

    def settings_at(self, location: str) -> dict[str, Any]:
        """The container that a location names, and its account."""
        settings = self.orlop.settings
        assert isinstance(settings, SwiftSettings)
        if settings.multi_tenant:
            return {}
        address = parse(location)
        return {"container": address.container, "container_digits": 0, **other_account(settings, address)}

    def _settings(self) -> SwiftSettings | None:
        found = self._opened and self._opened.settings
        return found if isinstance(found, SwiftSettings) else None

    @contextmanager
    def acting(self, context: Any) -> Iterator[OrlopStore]:
        """The store in the account of whom a request is of, where images are kept by their owners."""
        store = self.orlop
        token = getattr(context, "auth_token", None)
        assert isinstance(store.settings, SwiftSettings)
        if not store.settings.multi_tenant or not token:
            yield store
            return
        identity = Identity(str(context.project_id), str(context.user_id), token, tuple(context.roles or ()))
        with closing(store.acting_as(identity)) as of_user:
            yield of_user

    def get_store_connection(self, *_: Any, **__: Any) -> OrlopStore:
        """The store itself; glance_store's name for what reaches the backend."""
        return self.orlop

    def _referred(self, file: str) -> dict[str, Any]:
        """The account of default_swift_reference, and the others beside it."""
        found = self.conf.find_file(file)
        if found is None:
            raise InvalidSettings(f"swift_store_config_file: there is no file {file}")
        accounts = accounts_in(found)
        reference = self.store_conf.default_swift_reference
        if reference not in accounts:
            raise InvalidSettings(f"default_swift_reference: {found} has no section {reference}")
        own = accounts.pop(reference)
        return {**own, "reference": reference, "references": accounts}


_EVERY: dict[str, Any] = {"other_auth_urls": ("*",)}
"""Databases are older than addresses: the locations of a Keystone that has moved are read, with this store's login."""

_USUAL = {"interface": "public", "service_type": "object-store"}
"""What the options have when nobody has set them, and orlop takes when nothing else says it."""

_OF_ONE_ACCOUNT = (
    "auth_address",
    "user",
    "key",
    "application_credential_id",
    "application_credential_secret",
    "project_name",
    "project_id",
)


class Store(BaseStore):
    """Images as objects in a container."""


class StoreLocation(UriLocation):
    """`swift+https://ACCOUNT/CONTAINER/OBJECT` and `swift+config://REFERENCE/CONTAINER/OBJECT`, credentials allowed."""

    SCHEMES = BaseStore.SCHEMES

    def require_form(self, uri: str) -> None:
        """See that it ends in a container and an object."""
        parse(uri)
