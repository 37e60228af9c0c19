"""What a new driver may be called, and what its package makes of that."""

from __future__ import annotations

import pytest
from orlop.skeleton.naming import Names, RefusedName, names_for


@pytest.mark.parametrize(
    ("driver", "distribution", "module", "classes"),
    [
        ("x", "orlop-x", "orlop_x", "X"),
        ("my-store", "orlop-my-store", "orlop_my_store", "MyStore"),
        ("s3-v4", "orlop-s3-v4", "orlop_s3_v4", "S3V4"),
        ("my-example", "orlop-my-example", "orlop_my_example", "MyExample"),
        ("a" * 30, f"orlop-{'a' * 30}", f"orlop_{'a' * 30}", "A" + "a" * 29),
    ],
)
def test_all_names_follow_from_one(driver: str, distribution: str, module: str, classes: str) -> None:
    names = names_for(driver)
    assert names == Names(driver, distribution, module, classes)
    text = "from orlop_example.x import ExampleDriver  # orlop-example, example://"
    assert names.put_into(text) == f"from {module}.x import {classes}Driver  # {distribution}, {driver}://"


@pytest.mark.parametrize(
    ("driver", "reason"),
    [
        ("", "small letters"),
        ("My", "small letters"),
        ("2x", "small letters"),
        ("a--b", "small letters"),
        ("a-", "small letters"),
        ("a_b", "small letters"),
        ("a\n", "small letters"),
        ("../x", "small letters"),
        ("ä", "small letters"),
        ("a" * 31, "30 characters"),
        ("test-store", "pytest"),
        ("store", "classes"),
        ("file", "installed"),
        ("memory", "installed"),
        ("https", "'http' driver"),
    ],
)
def test_a_name_is_refused_with_its_reason(driver: str, reason: str) -> None:
    with pytest.raises(RefusedName, match=reason):
        names_for(driver)
