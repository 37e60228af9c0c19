"""Locations as glance_store up to 5.7 wrote them: with a user, a password, and the address of Keystone at that time.

For who has to recognize them (`owns`, `prefixes`), or to write them for that version (`with_credentials`).
"""

from __future__ import annotations

from itertools import product
from urllib.parse import quote

from orlop.drivers.swift.locating import compose_reference, parse, same_login
from orlop.drivers.swift.settings import EVERY, SwiftSettings
from orlop.errors import InvalidLocation

_SCHEMES = ("swift+https", "swift+http", "swift")
_VERSIONS = ("/v3", "/v2.0", "")


def is_login_of(settings: SwiftSettings, auth_url: str | None, base: str) -> bool:
    """Whether `base`, a URL without its scheme, is where this store logs in, or another known address of that."""
    others = (one for one in settings.other_auth_urls if one != EVERY)
    return any(same_login(_bare(url), base) for url in (auth_url, *others) if url)


def is_own_user(settings: SwiftSettings, user: str) -> bool:
    """Whether the user in an old location, PROJECT:USER, is the store's own."""
    names = {f"{project}:{settings.user}" for project in (settings.project, settings.project_id) if project}
    return user in names or (settings.auth_version == "1" and user == settings.user)


def owns(settings: SwiftSettings, location: str) -> bool:
    """Whether a location is of an image in this store's own account and container, by its form alone.

    That is for who has many stores and a location without the name of its store. Nothing is asked anywhere. Never true
    of multi-tenant stores, whose accounts are only known from the catalog.
    """
    try:
        address = parse(location)
    except InvalidLocation:
        return False
    if settings.multi_tenant or not _is_container(settings, address.container):
        return False
    if address.reference is not None:
        return address.reference == (settings.reference or settings.cloud)
    at_login = is_login_of(settings, settings.auth_url, address.base) or EVERY in settings.other_auth_urls
    return at_login and (address.user is None or is_own_user(settings, address.user))


def prefixes(settings: SwiftSettings) -> tuple[str, ...]:
    """What the locations of this store's own images begin with, old ones too; for `str.startswith`.

    The first is that of the locations that are written today. Others hold the user and password of the store: none of
    them is for showing. Where `other_auth_urls` has a `*`, `owns` knows more.
    """
    container = quote(settings.container, safe="") + ("_" if settings.container_digits else "/")
    urls = [url for url in (settings.auth_url, *settings.other_auth_urls) if url and url != EVERY]
    found = []
    if reference := settings.reference or settings.cloud:
        found.append(f"{compose_reference(reference, '', '').removesuffix('//')}/{container}")
    for url in urls:
        scheme, bare = f"swift+{url.partition('://')[0].lower()}", _bare(url).rstrip("/")
        root = bare
        for version in _VERSIONS:
            root = root.removesuffix(version) if version else root
        forms = [(scheme, bare), *product(_SCHEMES, (f"{root}{version}" for version in _VERSIONS))]
        found += [f"{one}://{who}{at}/{container}" for who in ("", *_logins(settings)) for one, at in forms]
    return tuple(dict.fromkeys(found))


def with_credentials(settings: SwiftSettings, location: str) -> str:
    """The location of an image as glance_store 5.7 can read and delete it: with the store's user and password.

    Locations with a reference are the same for it.

    Raises:
        InvalidLocation: it is not of this store's own account.
    """
    if not owns(settings, location):
        raise InvalidLocation("this is no location in the store's own account")
    address = parse(location)
    logins = _logins(settings)
    if address.reference is not None:
        return location
    if not logins or settings.auth_url is None:
        raise InvalidLocation("glance_store 5.7 needs a user and password in this location, and the store has none")
    scheme, path = settings.auth_url.partition("://")[0].lower(), location.rsplit("/", 2)[1:]
    return f"swift+{scheme}://{logins[0]}{_bare(settings.auth_url).rstrip('/')}/{'/'.join(path)}"


def _logins(settings: SwiftSettings) -> list[str]:
    """User and password as they stand in old locations, quoted, and as they stood in still older ones."""
    if settings.key is None or settings.user is None:
        return []
    key = settings.key.get_secret_value()
    projects = [project for project in (settings.project, settings.project_id) if project]
    users = [settings.user] if settings.auth_version == "1" else [f"{one}:{settings.user}" for one in projects]
    quoted = [f"{quote(user)}:{quote(key)}@" for user in users]
    return (
        quoted + [f"{quote(user, safe='')}:{quote(key, safe='')}@" for user in users] + [f"{u}:{key}@" for u in users]
    )


def _is_container(settings: SwiftSettings, container: str) -> bool:
    if settings.container_digits:
        return container.startswith(f"{settings.container}_")
    return container == settings.container


def _bare(url: str) -> str:
    return url.partition("://")[2]
