"""Locations of Swift: what they say, in the forms of today and of old.

`swift+config://REFERENCE/CONTAINER/ID`: the account is one that the settings name.
`swift+https://AUTH-HOST/v3/CONTAINER/ID`: the account of this store, known by where it logs in. Old ones hold user and
password too: `swift+https://PROJECT%3AUSER:PASSWORD@AUTH-HOST/v3/CONTAINER/ID`.
`swift+https://STORAGE-HOST/v1/AUTH_.../CONTAINER_ID/ID`: multi-tenant, the account is in the URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from orlop.errors import InvalidLocation
from orlop.location import refused_id

SCHEMES = ("swift+https", "swift", "swift+http", "swift+config")
CONFIG = "swift+config"

_FORM = re.compile(r"(swift|swift\+https?|swift\+config)://(?:(.*)@)?([^@]+)", re.IGNORECASE | re.DOTALL)
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ODD = re.compile(r"[\x00-\x20\x7f?#]")


_VERSION = re.compile(r"/(v3|v2\.0)/*$")


def same_login(one: str, other: str) -> bool:
    """Whether two URLs, without their schemes, are of one Keystone: old locations name another version of its API."""
    plain = [_VERSION.sub("", url.rstrip("/")).rstrip("/") for url in (one, other)]
    hosts = [url.partition("/") for url in plain]
    return hosts[0][0].lower() == hosts[1][0].lower() and hosts[0][2] == hosts[1][2]


@dataclass(frozen=True, slots=True)
class Address:
    """A location, taken apart. `base` is a URL without scheme: HOST/PATH, or a reference; `secure` its scheme."""

    reference: str | None
    base: str
    container: str
    name: str
    secure: bool = True
    user: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """What stands before the container, as a URL."""
        return f"http{'s' if self.secure else ''}://{self.base}"


def parse(location: str) -> Address:
    """The address that a location is.

    Raises:
        InvalidLocation: it is none; the message holds nothing of it.
    """
    match = _FORM.fullmatch(location)
    if match is None or "://" in match[3] or _ODD.search(match[3]):
        raise InvalidLocation(
            "the form is swift+https://HOST/PATH/CONTAINER/ID, swift+http:// likewise, or "
            "swift+config://REFERENCE/CONTAINER/ID"
        )
    scheme, credentials, rest = match[1].lower(), match[2], match[3]
    base, container, name = _cut(rest)
    if refused_id(name) or container in {"", ".", ".."} or "/" in container or not base.strip("/"):
        raise InvalidLocation("a location of Swift ends in /CONTAINER/ID")
    if scheme == CONFIG:
        if credentials is not None or "/" in base:
            raise InvalidLocation("the form is swift+config://REFERENCE/CONTAINER/ID")
        return Address(unquote(base), "", container, name)
    user, key = _credentials(credentials)
    return Address(None, base, container, name, scheme != "swift+http", user, key)


def compose(url: str, container: str, name: str) -> str:
    """The location of an image below a URL."""
    scheme, _, base = url.partition("://")
    return f"swift+{scheme.lower()}://{base.rstrip('/')}/{quote(container, safe='')}/{quote(name, safe='')}"


def compose_reference(reference: str, container: str, name: str) -> str:
    """The location of an image in an account that the settings name."""
    return f"{CONFIG}://{quote(reference, safe='')}/{quote(container, safe='')}/{quote(name, safe='')}"


def _cut(rest: str) -> tuple[str, str, str]:
    before, _, name = rest.rpartition("/")
    base, _, container = before.rpartition("/")
    if _BARE_PERCENT.search(container + name):
        return base, "", ""
    return base, _text(container), _text(name)


def _text(quoted: str) -> str:
    try:
        return unquote(quoted, errors="strict")
    except UnicodeDecodeError:
        return ""


def _credentials(text: str | None) -> tuple[str | None, str | None]:
    if not text:
        return None, None
    user, mark, key = text.partition(":")
    if mark and "%" not in user and key.count(":") == 1:
        # Older still: PROJECT:USER:PASSWORD, nothing of it escaped.
        more, _, key = key.partition(":")
        user = f"{user}:{more}"
    return unquote(user), unquote(key)
