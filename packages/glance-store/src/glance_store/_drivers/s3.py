"""The S3 store."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from orlop.drivers.s3.endpoint import Endpoint, endpoint_of
from orlop.drivers.s3.locating import place_of
from orlop.drivers.s3.settings import S3Settings
from orlop.errors import InvalidLocation, InvalidSettings

from glance_store._bridge.locations import UriLocation
from glance_store._bridge.options import declared
from glance_store._bridge.prefixes import Prefixes, prefixes, stores_of
from glance_store._bridge.s3_options import FIRST_REGION, S3_OPTIONS, checksum, region_of
from glance_store._bridge.store import Store as BridgedStore
from glance_store.capabilities import BitMasks

_EVERY = {"other_buckets": ("*",), "other_endpoints": ("*",)}
_NEEDED = ("s3_store_host", "s3_store_access_key", "s3_store_secret_key", "s3_store_bucket")


class Store(BridgedStore):
    """Images as objects in a bucket."""

    DRIVER = "s3"
    SCHEMES = ("s3", "s3+http", "s3+https")
    TABLE = S3_OPTIONS
    OPTIONS = declared(S3_OPTIONS, S3Settings, "s3")
    _CAPABILITIES = BitMasks.READ_RANDOM | BitMasks.WRITE_ACCESS | BitMasks.DRIVER_REUSABLE

    @property
    def s3_store_large_object_size(self) -> int:
        """What the option says; MiB."""
        return int(self.store_conf.s3_store_large_object_size)

    @property
    def s3_store_large_object_chunk_size(self) -> int:
        """What the option says; MiB."""
        return int(self.store_conf.s3_store_large_object_chunk_size)

    @property
    def s3_store_thread_pools(self) -> int:
        """What the option says."""
        return int(self.store_conf.s3_store_thread_pools)

    def settings(self) -> dict[str, Any]:
        """What the options say.

        Images in other buckets are read too, as they always have been, and whatever server a location names, that of
        the options is asked: it may have moved.

        Raises:
            InvalidSettings: one that is needed is missing.
        """
        settings = _EVERY | super().settings()
        if settings.get("profile") is None:
            for name in _NEEDED:
                if not getattr(self.store_conf, name):
                    raise InvalidSettings(f"{name} is needed")
        settings.setdefault("region", region_of(settings.get("endpoint") or ""))
        if (kind := checksum(self.store_conf)) is not None:
            settings.setdefault("checksum", kind)
        return settings

    def settings_at(self, location: str) -> dict[str, Any]:
        """The bucket, and the prefix in it, that a location names."""
        settings = self.orlop.settings
        assert isinstance(settings, S3Settings)
        # The driver has taken the location for one of its own, and asked the server of the settings.
        lenient = {"other_buckets": ("*",), "other_endpoints": (*settings.other_endpoints, "*")}
        server = (_servers(settings) or [endpoint_of("s3.amazonaws.com")])[0]
        place = place_of(location, settings.model_copy(update=lenient), server)
        return {"bucket": place.bucket, "prefix": place.prefix}

    @property
    def url_prefix(self) -> tuple[str, ...] | None:
        """What the locations of this store begin with, old ones too: none of another S3 store's."""
        settings = self._settings()
        if settings is None:
            return None
        others = [found for one in stores_of(Store, self.conf) if one is not self and (found := one._settings())]
        theirs = [text for one in others for text in _by_key(one)]
        return Prefixes((*_plain(settings), *prefixes(_by_key(settings), theirs))) or None

    def _settings(self) -> S3Settings | None:
        found = self._opened and self._opened.settings
        return found if isinstance(found, S3Settings) else None


def _plain(settings: S3Settings) -> list[str]:
    """Prefixes without credentials, the one of new locations first."""
    roots = [one.root for one in _servers(settings)]
    places = [one.place for one in _servers(settings)]
    every = [*roots, *(f"{scheme}://{place}/" for scheme in Store.SCHEMES for place in places)]
    return [f"{root}{quote(settings.bucket)}/" for root in dict.fromkeys(every)]


def _by_key(settings: S3Settings) -> list[str]:
    """Prefixes that end where a secret key begins."""
    return [f"{scheme}://{settings.access_key}:" for scheme in Store.SCHEMES] if settings.access_key else []


def _servers(settings: S3Settings) -> list[Endpoint]:
    """The server, by the names that it has in locations; AWS, where none is configured, has a name for each region."""
    if settings.server is not None:
        return [settings.server]
    if settings.region is None:
        return []
    regional = f"s3.{settings.region}.amazonaws.com{'.cn' if settings.region.startswith('cn-') else ''}"
    names = [regional, "s3.amazonaws.com"] if settings.region == FIRST_REGION else [regional]
    return [endpoint_of(name) for name in names]


class StoreLocation(UriLocation):
    """`s3+https://HOST/BUCKET/KEY`, also with `ACCESS_KEY:SECRET_KEY@` of old."""

    SCHEMES = Store.SCHEMES

    def require_form(self, uri: str) -> None:
        """See that a bucket and a key follow the server."""
        path = uri.partition("://")[2].rpartition("@")[2].partition("/")[2]
        bucket, _, key = path.partition("/")
        if not bucket or not key.strip("/") or set(path) & set("?#"):
            raise InvalidLocation("the form is s3+https://HOST/BUCKET/KEY, s3+http or s3")
