"""What a location of this driver says: a server, a path on it, and perhaps credentials.

Everything that follows - the checks, the connection, the request line - is made of one parsed `Target`, so that no two
parts of the driver can read the same URL differently.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, urlsplit

from orlop.errors import InvalidLocation
from orlop.location import without_secrets

PORTS = {"http": 80, "https": 443}
"""The schemes of this driver, and their ports where a URL names none."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_PATH_SAFE = "/%:@!$&'()*+,;=~"
_QUERY_SAFE = _PATH_SAFE + "?"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name and a password for Basic authentication; never shown."""

    username: str = field(repr=False)
    password: str = field(repr=False)

    def header(self) -> str:
        """The value of the header that carries them."""
        pair = f"{self.username}:{self.password}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")


@dataclass(frozen=True, slots=True)
class Target:
    """What one request is for. `host` is as it is in DNS (IDNA), an IPv6 address without brackets.

    `path` is quoted, and holds the query, whose values may be a signature: it is not in the repr.
    """

    scheme: str
    host: str
    port: int
    path: str = field(repr=False)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: whom credentials belong to (RFC 6454)."""
        return self.scheme, self.host, self.port

    @property
    def url(self) -> str:
        """The whole URL, for the wire and for locations."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    def __str__(self) -> str:
        """The URL as it may be shown."""
        return without_secrets(self.url)


def parse(location: str) -> tuple[Target, Credentials | None]:
    """The target that `location` names, and the credentials in it.

    A fragment is dropped: it is the reader's, not the server's. What may not stand in a URL is quoted, what is quoted
    already stays so.

    Raises:
        InvalidLocation: saying what is wrong with it.
    """
    if _CONTROL.search(location):
        raise InvalidLocation("there are control characters in this URL")
    try:
        parts = urlsplit(location)
        port = parts.port
    except ValueError:
        # The text of the ValueError quotes the URL with the password in it.
        raise InvalidLocation(
            "the host or port in this URL is wrong; quote '/', '?', '#' and '[' in a password as %2F, %3F, %23 and %5B"
        ) from None
    if parts.scheme not in PORTS:
        raise InvalidLocation("the form is https://HOST/PATH or http://HOST/PATH")
    if port == 0:
        raise InvalidLocation("there is no port 0")
    host = host_name(parts.hostname or "")
    return Target(parts.scheme, host, port or PORTS[parts.scheme], _path(parts)), _credentials(parts)


def host_name(text: str) -> str:
    """A host's name or address in the one form in which hosts are compared.

    Raises:
        InvalidLocation: it is none.
    """
    if not text:
        raise InvalidLocation("there is no host in this URL")
    try:
        if ":" in text:
            if "%" in text:
                raise InvalidLocation("an address with a zone means something only on its own machine")
            return str(ipaddress.IPv6Address(text))
        name = text.encode("idna").decode("ascii").lower().removesuffix(".")
    except ValueError:
        name = ""
    if not _NAME.fullmatch(name):
        raise InvalidLocation("the host in this URL is no name and no address")
    return name


def _path(parts: SplitResult) -> str:
    try:
        path = quote(_BARE_PERCENT.sub("%25", parts.path), safe=_PATH_SAFE) or "/"
        query = quote(_BARE_PERCENT.sub("%25", parts.query), safe=_QUERY_SAFE)
    except UnicodeEncodeError:
        raise InvalidLocation("there are characters in this URL that UTF-8 does not have") from None
    if "%00" in path:
        raise InvalidLocation("there is a NUL in this URL's path, which no server can have in a name")
    return f"{path}?{query}" if query else path


def _credentials(parts: SplitResult) -> Credentials | None:
    userinfo, mark, _ = parts.netloc.rpartition("@")
    if not mark or not userinfo:
        return None
    username, _, password = userinfo.partition(":")
    if ":" in unquote(username):
        raise InvalidLocation("a user name of Basic authentication holds no ':' (RFC 7617)")
    return Credentials(unquote(username), unquote(password))
