"""The S3 store; its driver is not built yet."""

from __future__ import annotations

from glance_store._bridge.locations import UriLocation
from glance_store._bridge.options import declared
from glance_store._bridge.unbuilt import UnbuiltStore, flag, number, text

_CHECKSUMS = ("when_required", "when_supported")

_TABLE = (
    text("s3_store_host", "The server, with or without its scheme."),
    text("s3_store_region_name", "The region; empty: as the server's name says.", ""),
    text("s3_store_access_key", "The access key.", secret=True),
    text("s3_store_secret_key", "The secret key.", secret=True),
    text("s3_store_bucket", "The bucket for the images."),
    flag("s3_store_create_bucket_on_put", "The bucket is made when it is missing."),
    text("s3_store_bucket_url_format", "How the bucket is addressed: auto, virtual or path.", "auto"),
    number("s3_store_large_object_size", "From how many MiB on an image is stored in parts; 0: always.", 100, min=0),
    number("s3_store_large_object_chunk_size", "Size of a part; MiB, at least 5.", 10),
    number("s3_store_thread_pools", "Parts that are sent at once.", 10),
    text("s3_store_cacert", "A PEM file with the authorities to trust; empty: the system's.", ""),
    flag("s3_store_enable_data_integrity_protection", "Checksums as the next two options say, not only where needed."),
    text(
        "s3_store_request_checksum_calculation",
        "When requests carry a checksum.",
        "when_required",
        choices=_CHECKSUMS,
    ),
    text(
        "s3_store_response_checksum_validation",
        "When the checksum of an answer is compared.",
        "when_required",
        choices=_CHECKSUMS,
    ),
)


class Store(UnbuiltStore):
    """Images as objects in a bucket."""

    DRIVER = "s3"
    SCHEMES = ("s3", "s3+http", "s3+https")
    TABLE = _TABLE
    OPTIONS = declared(_TABLE)
    PROPERTIES = {
        "s3_store_large_object_size": "s3_store_large_object_size",
        "s3_store_large_object_chunk_size": "s3_store_large_object_chunk_size",
        "s3_store_thread_pools": "s3_store_thread_pools",
    }


class StoreLocation(UriLocation):
    """`s3+https://HOST/BUCKET/KEY`, also with `ACCESS_KEY:SECRET_KEY@` of old."""

    SCHEMES = Store.SCHEMES
