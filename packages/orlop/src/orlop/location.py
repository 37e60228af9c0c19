"""Locations: the URIs that say where an image is, and the ids that images have.

A location never holds a credential. Where one arrives with credentials all the same (old databases have such), they
are cut out before the location is shown to anyone.
"""

from __future__ import annotations

import re

from orlop.support.redact import redacted_text, redacted_url

MAX_ID_BYTES = 200
"""Longest image id, in bytes of UTF-8: a file name holds 255, and a staged upload's name is longer than its image's."""

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(//)?", re.IGNORECASE)


def scheme_of(location: str) -> str:
    """The scheme of a location in lower case, or an empty string when it has none."""
    match = _SCHEME.match(location)
    return match.group(1).lower() if match else ""


def is_location(text: str) -> bool:
    """Whether `text` is a location rather than an image id: it has a scheme and `://`."""
    match = _SCHEME.match(text)
    return match is not None and match.group(2) is not None


def without_secrets(location: str) -> str:
    """The location as it may be shown: no user information, and the values of a signed query hidden."""
    return redacted_url(location)


def scrubbed(text: str) -> str:
    """A text with every location in it as it may be shown."""
    return redacted_text(text)


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
