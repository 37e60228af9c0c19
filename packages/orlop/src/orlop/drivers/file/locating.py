"""Which file a location means, and the other way round."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from orlop.drivers.file.settings import Directory
from orlop.errors import InvalidLocation
from orlop.location import refused_id, scheme_of

_SAFE = "/!$&'()*+,;=:@~"
"""What RFC 3986 allows in a path besides letters, digits, '-', '.' and '_'."""


def location_of(path: Path) -> str:
    """The location of the image in this file."""
    return "file://" + quote(str(path), safe=_SAFE)


def file_of(location: str, places: Sequence[Directory]) -> tuple[Directory, Path]:
    """The file that a location means, and the directory in which it directly is.

    Old databases hold locations that were never escaped: what cannot be meant with escapes is taken as it stands.
    Whether a file is there does not matter, lest a location mean another image once its own is deleted.

    Raises:
        InvalidLocation: it means a file outside of the configured directories, or none at all.
    """
    rest = location[len(scheme_of(location)) + 1 :].removeprefix("//").removeprefix("localhost")
    if not rest.startswith("/"):
        raise InvalidLocation("the form is file:///DIRECTORY/ID")
    for text in dict.fromkeys((unquote(rest, errors="surrogateescape"), rest)):
        folder, _, image_id = text.rpartition("/")
        if refused_id(image_id) or not _possible(folder):
            continue
        if (place := _place_of(Path(folder or "/"), places)) is not None:
            if place.marker_file == place.path / image_id:
                raise InvalidLocation("this is the store's marker, not an image")
            return place, place.path / image_id
    raise InvalidLocation("it is not directly in one of this store's directories")


def _possible(folder: str) -> bool:
    """Whether a directory may have this name: no NUL, nothing that has no bytes."""
    try:
        return b"\0" not in os.fsencode(folder)
    except UnicodeEncodeError:
        return False


def _place_of(folder: Path, places: Sequence[Directory]) -> Directory | None:
    if ".." in folder.parts:
        return None
    for place in places:
        if place.path == folder:
            return place
    # The directory may have been written with a symbolic link in it, then or now.
    real = os.path.realpath(folder)
    return next((place for place in places if os.path.realpath(place.path) == real), None)
