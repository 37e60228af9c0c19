"""What the locations of a Swift store begin with: those that it writes, and those in databases of old.

These hold user and password, and a password may have been changed since; so what stands before it has to be enough. It
is where no other store, with another login, has a user of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from orlop.drivers.swift.locating import CONFIG
from orlop.drivers.swift.settings import SwiftSettings

_SCHEMES = ("swift+https", "swift+http", "swift")
_VERSION = re.compile(r"/(v3|v2\.0)$")


def login_of(settings: SwiftSettings) -> tuple[str | None, ...]:
    """What two stores have in common that read each other's images."""
    root = None if settings.auth_url is None else _VERSION.sub("", _roots(settings.auth_url)[0]).lower()
    return root, settings.cloud, *sorted(_users(settings))


def plain(settings: SwiftSettings) -> Iterator[str]:
    """Prefixes without credentials, those of new locations first."""
    for container in _containers(settings):
        if (reference := settings.reference or settings.cloud) is not None:
            yield f"{CONFIG}://{quote(reference, safe='')}/{container}"
    for container in _containers(settings):
        for scheme in _schemes(settings):
            for root in _roots(settings.auth_url or ""):
                yield f"{scheme}://{root}/{container}"


def referred(settings: SwiftSettings) -> Iterator[str]:
    """Prefixes of images in the other accounts that the store knows."""
    for container in _containers(settings):
        for reference in settings.references:
            yield f"{CONFIG}://{quote(reference, safe='')}/{container}"


def tenants(settings: SwiftSettings, location: str | None) -> Iterator[str]:
    """Prefixes of a multi-tenant store, as `swift_store_endpoint` or one of its `location`s has them."""
    if location is not None:
        yield f"{location.rpartition('/')[0].rpartition('/')[0].rpartition('/')[0]}/"
    if settings.endpoint is not None:
        yield f"swift+{settings.endpoint.rpartition('/')[0]}/"


def by_user(settings: SwiftSettings) -> Iterator[str]:
    """Prefixes that end where a password begins."""
    for user in _users(settings):
        for scheme in _schemes(settings):
            yield f"{scheme}://{quote(user)}:"
            yield f"{scheme}://{user}:"


def by_password(settings: SwiftSettings) -> Iterator[str]:
    """Prefixes with the password of the options, of which Glance shows none: they only match."""
    key = "" if settings.key is None else settings.key.get_secret_value()
    for user in _users(settings):
        for credentials in dict.fromkeys((f"{quote(user)}:{quote(key)}", f"{user}:{key}")):
            for scheme in _schemes(settings):
                for root in _roots(settings.auth_url or ""):
                    for container in _containers(settings):
                        yield f"{scheme}://{credentials}@{root}/{container}"


def _containers(settings: SwiftSettings) -> list[str]:
    """What the store's containers begin with: with a seed there are many, and one from before it."""
    name = quote(settings.container, safe="")
    return [f"{name}_", f"{name}/"] if settings.container_digits else [f"{name}/"]


def _schemes(settings: SwiftSettings) -> list[str]:
    """The schemes of locations that say where Keystone is; the one of this store's Keystone first."""
    if settings.auth_url is None:
        return []
    own = f"swift+{settings.auth_url.partition(':')[0].lower()}"
    return sorted(_SCHEMES, key=lambda scheme: scheme != own)


def _roots(auth_url: str) -> list[str]:
    """Where Keystone is, without scheme: as it is configured, and with other versions of its API."""
    said = auth_url.partition("://")[2].strip("/")
    root = _VERSION.sub("", said)
    return list(dict.fromkeys((said, root, f"{root}/v3", f"{root}/v2.0")))


def _users(settings: SwiftSettings) -> Iterator[str]:
    if settings.user is None or settings.auth_url is None:
        return
    if settings.auth_version == "1":
        yield settings.user
    for project in (settings.project, settings.project_id):
        if project:
            yield f"{project}:{settings.user}"
