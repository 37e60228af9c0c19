"""Locations: `rbd://fsid/pool/image/snapshot`, each part quoted, and `rbd://image` of old.

Nova and Cinder take the four parts apart. A namespace stands in the pool's part, as `pool%2Fnamespace`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from orlop.drivers.rbd.names import SNAPSHOT
from orlop.errors import InvalidLocation
from orlop.location import refused_id

_PREFIX = "rbd://"
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_FORM = "the form is rbd://FSID/POOL/IMAGE/SNAPSHOT, with %-escapes where needed"


@dataclass(frozen=True, slots=True)
class Place:
    """What a location says; `fsid`, `pool` and `snapshot` are None in one of old."""

    image: str
    fsid: str | None = None
    pool: str | None = None
    namespace: str = ""
    snapshot: str | None = None


def location_of(fsid: str, pool: str, namespace: str, image: str) -> str:
    """The location of an image."""
    place = f"{pool}/{namespace}" if namespace else pool
    return _PREFIX + "/".join(quote(part, safe="") for part in (fsid, place, image, SNAPSHOT))


def parse(location: str) -> Place:
    """Take a location apart.

    Raises:
        InvalidLocation: it has another form.
    """
    if location[: len(_PREFIX)].lower() != _PREFIX:
        raise InvalidLocation(_FORM)
    parts = [_unquoted(part) for part in location[len(_PREFIX) :].split("/")]
    if len(parts) not in {1, 4} or not all(parts):
        raise InvalidLocation(_FORM)
    if len(parts) == 1:
        return Place(_image(parts[0]))
    fsid, place, image, snapshot = parts
    pool, _, namespace = place.partition("/")
    if not pool or "/" in namespace or place.endswith("/"):
        raise InvalidLocation(_FORM)
    return Place(_image(image), fsid, pool, namespace, snapshot)


def _image(name: str) -> str:
    if reason := refused_id(name):
        raise InvalidLocation(reason)
    return name


def _unquoted(part: str) -> str:
    if _BAD_ESCAPE.search(part) or not part.isascii():
        raise InvalidLocation(_FORM)
    try:
        text = unquote_to_bytes(part).decode()
    except UnicodeDecodeError:
        raise InvalidLocation(_FORM) from None
    if not text.isprintable():  # a NUL would end the name for librbd
        raise InvalidLocation(_FORM)
    return text
