"""Locations: the URIs that say where an image is, and the ids that images have.

A location never holds a credential. Where one arrives with credentials all the same (old databases have such), they
are cut out before the location is shown to anyone.
"""

from __future__ import annotations

import re

MAX_ID_BYTES = 200
"""Longest image id, in bytes of UTF-8: a file name holds 255, and a staged upload's name is longer than its image's."""

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(//)?", re.IGNORECASE)
_LOCATION = re.compile(r"[a-z][a-z0-9+.-]*://[^\s'\"<>]+", re.IGNORECASE)
_AUTHORITY_END = re.compile(r"[/?#]")
_QUERY = re.compile(r"(?<==)[^&\s]+")
_WEB = frozenset({"http", "https"})
_PATHS = frozenset({"file", "filesystem"})
"""Schemes whose locations are paths: there is no user in them, and an `@` is part of a name."""


def scheme_of(location: str) -> str:
    """The scheme of a location in lower case, or an empty string when it has none."""
    match = _SCHEME.match(location)
    return match.group(1).lower() if match else ""


def is_location(text: str) -> bool:
    """Whether `text` is a location rather than an image id: it has a scheme and `://`."""
    match = _SCHEME.match(text)
    return match is not None and match.group(2) is not None


def without_secrets(location: str) -> str:
    """The location as it may be shown: no user information, and the values of a signed query hidden.

    A query may be the signature itself (pre-signed URLs of object stores), so its values go; its names stay.
    """
    scheme, mark, rest = location.partition("://")
    if not mark:
        return location
    if scheme.lower() in _PATHS:
        return location
    shown = _without_userinfo(rest, strict=scheme.lower() in _WEB)
    head, question, query = shown.partition("?")
    if scheme.lower() in _WEB:
        query = _QUERY.sub("...", query)
    return f"{scheme}://{head}{question}{query}"


def scrubbed(text: str) -> str:
    """A text with every location in it as it may be shown."""
    return _LOCATION.sub(lambda found: without_secrets(found[0]), text)


def _without_userinfo(rest: str, *, strict: bool) -> str:
    """Cut out what stands before the host.

    On the web that is what precedes an `@` in the authority (RFC 3986, section 3.2). Old databases hold secret keys
    that were never escaped, `/` and all: there everything up to the last `@` goes, and also where what should be a port
    is no number, for then it is the beginning of a password.
    """
    authority = _AUTHORITY_END.split(rest, maxsplit=1)[0]
    behind = authority.rpartition("]")[2] if authority.startswith("[") else authority
    port = behind.rpartition(":")[2]
    if strict and ("@" in authority or port.isdigit() or ":" not in behind):
        return rest[authority.rfind("@") + 1 :]
    return rest[rest.rfind("@") + 1 :]


def refused_id(image_id: object) -> str | None:
    r"""Why `image_id` cannot name an image in any store, or None when it can.

    One rule for all stores, so that an image can be copied from any to any other: 1 to 200 bytes of UTF-8, printable,
    no `/` or `\`, no leading `.`.
    """
    if not isinstance(image_id, str) or not image_id:
        return "an image id is a text of at least one character"
    if len(image_id.encode("utf-8", "surrogatepass")) > MAX_ID_BYTES:
        return f"an image id has at most {MAX_ID_BYTES} bytes"
    if image_id.startswith("."):
        return "an image id does not start with '.'"
    if "/" in image_id or "\\" in image_id:
        return "an image id holds no '/' and no '\\'"
    if not image_id.isprintable():
        return "an image id is made of printable characters"
    return None
