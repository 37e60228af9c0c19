"""The S3 store."""

from __future__ import annotations

from typing import Any

from orlop.drivers.s3.settings import S3Settings
from orlop.errors import InvalidLocation, InvalidSettings
from orlop.store import Store as OrlopStore

from glance_store._bridge.locations import UriLocation
from glance_store._bridge.options import declared
from glance_store._bridge.s3_options import S3_OPTIONS, checksum, region_of
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

    def opened(self) -> OrlopStore:
        """The store.

        Raises:
            InvalidSettings: the options are wrong.
        """
        opened = super().opened()
        settings = opened.settings
        assert isinstance(settings, S3Settings)
        assert settings.server is not None
        self._url_prefix = f"{settings.server.root}{settings.bucket}"
        return opened


class StoreLocation(UriLocation):
    """`s3+https://HOST/BUCKET/KEY`, also with `ACCESS_KEY:SECRET_KEY@` of old."""

    SCHEMES = Store.SCHEMES

    def require_form(self, uri: str) -> None:
        """See that a bucket and a key follow the server."""
        path = uri.partition("://")[2].rpartition("@")[2].partition("/")[2]
        bucket, _, key = path.partition("/")
        if not bucket or not key.strip("/") or set(path) & set("?#"):
            raise InvalidLocation("the form is s3+https://HOST/BUCKET/KEY, s3+http or s3")
