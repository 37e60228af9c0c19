"""Where an S3 server is, as settings and locations say it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server, by which requests and locations name it.

    `scheme` is http or https; `place` is its host in lower case, with the port where it is not the usual one, and with
    the path below which it serves, if there is one.
    """

    scheme: str
    place: str

    @property
    def url(self) -> str:
        """For requests."""
        return f"{self.scheme}://{self.place}"

    @property
    def root(self) -> str:
        """What the locations of its objects begin with: `s3+https` or, as in the databases that there are, `s3`."""
        return f"{'s3+https' if self.scheme == 'https' else 's3'}://{self.place}/"


def endpoint_of(text: str) -> Endpoint:
    """The endpoint that `text` names, `https` being understood.

    Raises:
        ValueError: saying what is wrong; it quotes nothing of `text`, which may hold a password.
    """
    if not text.isprintable():
        raise ValueError("it holds control characters, such as the end of a line")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = parts.port
    except ValueError:
        raise ValueError("its host or port is malformed") from None
    if parts.scheme not in _PORTS:
        raise ValueError("it begins with https:// or http://, or has no scheme")
    if "@" in parts.netloc:
        raise ValueError("name no user here; there are access_key and secret_key for that")
    if parts.query or parts.fragment:
        raise ValueError("it has no query and no fragment")
    return Endpoint(parts.scheme, _place(parts.scheme, parts.hostname or "", port) + parts.path.rstrip("/"))


def _place(scheme: str, name: str, port: int | None) -> str:
    host = f"[{name}]" if ":" in name else name
    if not _HOST.fullmatch(host):
        raise ValueError("its host is no name and no address")
    return host if port in {None, _PORTS[scheme]} else f"{host}:{port}"
