"""Locations: `s3+https://HOST/BUCKET/KEY`, also s3+http and s3, and which of them a store takes for its own."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from orlop.drivers.s3.endpoint import Endpoint, endpoint_of
from orlop.drivers.s3.settings import EVERY, S3Settings
from orlop.errors import InvalidLocation
from orlop.location import refused_id, scheme_of

_FORM = "the form is s3+https://HOST/BUCKET/KEY, s3+http or s3"


@dataclass(frozen=True, slots=True)
class Place:
    """What a location says: the bucket, the prefix in it with its last slash, and the image's id."""

    bucket: str
    prefix: str
    image_id: str


def place_of(location: str, settings: S3Settings, server: Endpoint) -> Place:
    """The place of an image; credentials in its location, as old ones have them, are not looked at.

    Raises:
        InvalidLocation: it is on another server, or in a bucket or below a prefix that is not this store's.
    """
    scheme = scheme_of(location).partition("+")[2]
    rest = location.partition("://")[2].rpartition("@")[2]
    if "?" in rest or "#" in rest:
        raise InvalidLocation(_FORM)
    path = _path(rest, scheme, settings, server)
    if path is None:
        raise InvalidLocation(f"it is on another server than this store's, {server.url}; see other_endpoints")
    bucket, _, key = unquote(path).partition("/")
    folder, slash, name = key.rpartition("/")
    place = Place(bucket, folder + slash, name)
    own = (place.bucket, place.prefix) == (settings.bucket, settings.prefix)
    if not own and not {bucket, EVERY} & set(settings.other_buckets):
        raise InvalidLocation(
            f"it is no image of this store: those are in {settings.bucket}/{settings.prefix}; see other_buckets"
        )
    # A server might take such parts of a path for what they are in file systems, and end in another bucket.
    if not bucket or refused_id(name) or (slash and {"", ".", ".."} & set(folder.split("/"))):
        raise InvalidLocation(_FORM)
    return place


def _path(rest: str, scheme: str, settings: S3Settings, server: Endpoint) -> str | None:
    """What names bucket and key; None when the location is of another server."""
    others = [endpoint_of(name) for name in settings.other_endpoints if name != EVERY]
    for known in (server, *others):
        if (path := _below(rest, scheme, known)) is not None:
            return path
    return rest.partition("/")[2] if EVERY in settings.other_endpoints else None


def _below(rest: str, scheme: str, server: Endpoint) -> str | None:
    if scheme and scheme != server.scheme:
        return None
    host, slash, path = rest.partition("/")
    try:
        said = endpoint_of(f"{scheme or server.scheme}://{host}").place
    except ValueError:
        return None
    whole_path = f"{said}{slash}{path}"
    return whole_path[len(server.place) + 1 :] if whole_path.startswith(f"{server.place}/") else None
