"""Which file a location means, and the other way round."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from orlop.drivers.file.names import encoded
from orlop.drivers.file.settings import Directory
from orlop.errors import InvalidLocation
from orlop.location import refused_id, scheme_of

_SAFE = "/!$&'()*+,;=:@~"
"""What RFC 3986 allows in a path besides letters, digits, '-', '.' and '_'."""


def location_of(folder: Path, name: bytes | None = None) -> str:
    """The location of the image of this name in this directory; without a name, of the directory itself."""
    path = encoded(folder) if name is None else encoded(folder).rstrip(b"/") + b"/" + name
    return "file://" + quote(path, safe=_SAFE)


def file_of(location: str, places: Sequence[Directory]) -> tuple[Directory, bytes]:
    """The directory in which the file that a location means directly is, and its name.

    Old databases hold locations that were never escaped: what cannot be meant with escapes is taken as it stands. Such
    hold the directory as it once was configured, also with `//` and `/./` in it. With escapes it is written one way
    only, and an escaped slash parts nothing.

    Whether a file is there does not matter, lest a location mean another image once its own is deleted; but a file
    whose name can be no id, so that it is listed by its location only, is meant where it is there and nothing else is.

    Raises:
        InvalidLocation: it means a file outside of the configured directories, or none at all.
    """
    authority, slashes, rest = location[len(scheme_of(location)) + 1 :].partition("//")
    rest = rest.removeprefix("localhost")
    if authority or not slashes or not rest.startswith("/"):
        raise InvalidLocation("the form is file:///DIRECTORY/ID")
    unescaped = unquote(rest, errors="surrogateescape")
    for text in dict.fromkeys((unescaped, rest)):
        folder, _, image_id = text.rpartition("/")
        if refused_id(image_id) or not _possible(folder):
            continue
        if text != rest and not _written(folder, text, rest):
            continue
        if (place := _place_of(folder or "/", places)) is not None:
            if place.marker_file == place.path / image_id:
                raise InvalidLocation("this is the store's marker, not an image")
            name = encoded(image_id)
            return (place, name) if text == unescaped else _there(place, name, unescaped) or (place, name)
    raise InvalidLocation("it is not directly in one of this store's directories")


def _written(folder: str, text: str, escaped: str) -> bool:
    """Whether a location with escapes is one that is written: nothing but names is escaped, and none is left out."""
    normal = not folder or (folder == os.path.normpath(folder) and not folder.startswith("//"))
    return normal and text.count("/") == escaped.count("/")


def _there(place: Directory, name: bytes, unescaped: str) -> tuple[Directory, bytes] | None:
    """The file whose name is no id, when it is there and the one that the text as it stands means is not."""
    image_id = unescaped.rpartition("/")[2]
    if not _possible(image_id) or image_id.startswith(".") or not refused_id(image_id) or not image_id:
        return None
    folder = encoded(place.path)
    there = os.path.lexists(folder + b"/" + encoded(image_id)) and not os.path.lexists(folder + b"/" + name)
    return (place, encoded(image_id)) if there else None


def _possible(text: str) -> bool:
    """Whether anything may have this name: no NUL, nothing that has no bytes."""
    try:
        return b"\0" not in encoded(text)
    except UnicodeEncodeError:
        return False


def _place_of(folder: str, places: Sequence[Directory]) -> Directory | None:
    if ".." in Path(folder).parts:
        return None
    for place in places:
        if place.path == Path(folder):
            return place
    # The directory may have been written with a symbolic link in it, then or now.
    try:
        real = os.path.realpath(encoded(folder))
        return next((place for place in places if os.path.realpath(encoded(place.path)) == real), None)
    except OSError:  # a loop of links, a name that is too long: no directory at all
        return None
