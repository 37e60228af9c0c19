"""Which of Glance's tests are run."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Self

EVERY = ""


@dataclass(frozen=True)
class Suite:
    """A part of Glance's tests: the folder in its source where they are looked for, and which of them.

    `chosen` is a regular expression that is looked for in each test's id, as stestr does. A suite that is `swapped` is
    run with the driver under test in the file driver's place.
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

READING = Suite(
    "functional",
    "glance/tests/functional",
    r"^glance\.tests\.functional\.v2\."
    r"(test_images\.("
    r"TestImagesSingleStore\.("
    r"test_image_import_using_web_download|test_web_download_(redirect_validation|blocks_restricted_hosts|ip_normalization)"
    r"|test_image_lifecycle|test_download_image_raises_service_unavailable"
    r"|test_(add|update)_location\w*|test_get_location\w*)"
    r"|TestImages\.test_image_multiple_location_url_visible"
    r"|TestImageLocationSelectionStrategy\."
    r"|TestMultipleBackendsLocationApi\.)"
    r"|test_images_api_policy\.\w+\.test_image_update_locations"
    r"|test_image_decompression\.\w+\.test_\w+_web_download"
    r"|test_multi_store_images\.\w+\.(test_image_import_(using_web_download\w*|multi_stores\w*)|test_copy_image_lifecycle)"
    r"|test_parallel_store_import\.\w+\.test_parallel_web_download_multi_store)"
    r"$",
)
"""Locations of a web server registered, read and removed, and images that Glance downloads from one."""
