"""Which of Glance's tests are run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

EVERY = ""


@dataclass(frozen=True)
class Suite:
    """A part of Glance's tests: the folder in its source where they are looked for, and which of them.

    `chosen` is a regular expression that is looked for in each test's id, as by stestr. A suite that is `swapped` uses
    the driver under test, in the file driver's place where it can take that.
    """

    name: str
    folder: str
    chosen: str = EVERY
    swapped: bool = True

    def narrowed(self, pattern: str) -> Self:
        """The tests of this suite that contain `pattern`, too."""
        return replace(self, chosen=f"^(?=.*(?:{self.chosen}))(?=.*(?:{pattern}))")

    def has(self, test: str) -> bool:
        """Whether a test of this folder belongs to the suite."""
        return re.search(self.chosen, test) is not None


FUNCTIONAL = Suite("functional", "glance/tests/functional")

UNIT = Suite(
    "unit",
    "glance/tests/unit",
    r"^glance\.tests\.unit\.(test_store_image|test_store_location|v2\.test_image_data_resource"
    r"|v2\.test_images_resource|v2\.test_discovery_stores|test_scrubber|async_\.flows)",
    swapped=False,
)
"""The unit tests that touch the library. They patch the file driver by its name, so that stays in its place."""

_READING = {
    "test_images.TestImagesSingleStore": (
        "test_add_location_blocks_restricted_http_hosts",
        "test_add_location_with_do_secure_hash_false",
        "test_add_location_with_do_secure_hash_true",
        "test_add_location_with_do_secure_hash_true_negative",
        "test_download_image_raises_service_unavailable",
        "test_get_location",
        "test_get_location_with_data_upload",
        "test_image_import_using_web_download",
        "test_image_lifecycle",
        "test_update_locations",
        "test_update_locations_blocks_restricted_http_hosts",
        "test_update_locations_with_restricted_sources",
        "test_web_download_blocks_restricted_hosts",
        "test_web_download_ip_normalization",
        "test_web_download_redirect_validation",
    ),
    "test_images.TestMultipleBackendsLocationApi": (
        "test_add_location_with_do_secure_hash_false",
        "test_add_location_with_do_secure_hash_true",
        "test_add_location_with_do_secure_hash_true_negative",
        "test_get_location",
    ),
    "test_images.TestImageDirectURLVisibility": ("test_image_multiple_location_url_visible",),
    "test_images.TestImageLocationSelectionStrategy": ("test_image_locations_with_order_strategy",),
    "test_images.TestCopyImagePermissions": (
        "test_copy_public_image_as_non_admin",
        "test_copy_public_image_as_non_admin_permitted",
    ),
    "test_images_api_policy.TestImagesPolicy": ("test_image_update_locations",),
    "test_image_decompression.TestImageDecompression": (
        "test_decompress_gzip_with_web_download",
        "test_decompress_zip_with_web_download",
    ),
    "test_multi_store_images.TestImagesMultipleBackend": (
        "test_copy_image_lifecycle",
        "test_copy_image_revert_lifecycle",
        "test_image_import_multi_stores",
        "test_image_import_multi_stores_specifying_all_stores",
        "test_image_import_using_web_download",
        "test_image_import_using_web_download_different_backend",
    ),
    "test_parallel_store_import.TestParallelStoreImport": ("test_parallel_web_download_multi_store",),
}


def _only(names: Mapping[str, Iterable[str]]) -> str:
    tests = (f"{group}.{test}" for group, tests in names.items() for test in tests)
    return f"^glance\\.tests\\.functional\\.v2\\.({'|'.join(map(re.escape, tests))})$"


READING = replace(FUNCTIONAL, chosen=_only(_READING))
"""Locations on a web server that are registered, read and removed, and images that Glance downloads from one."""
