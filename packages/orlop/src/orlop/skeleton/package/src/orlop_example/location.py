"""The location of an image: the driver's scheme, and the id."""

from __future__ import annotations

from urllib.parse import quote, unquote

from orlop.errors import InvalidLocation
from orlop.location import refused_id

PREFIX = "example://"


def location_of(image_id: str) -> str:
    """The location of an image."""
    return PREFIX + quote(image_id, safe="")


def id_of(location: str) -> str:
    """The id in a location."""
    image_id = unquote(location.removeprefix(PREFIX))
    # Written otherwise it would be a second name of the same image: a location is its only one.
    if refused_id(image_id) or location_of(image_id) != location:
        raise InvalidLocation(f"the form is {PREFIX}ID")
    return image_id
