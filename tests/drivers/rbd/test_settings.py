"""What the settings refuse, and with which words."""

from __future__ import annotations

import sys

import pytest
from orlop.configuration import settings_of
from orlop.drivers.rbd.creating import creation
from orlop.drivers.rbd.driver import RbdDriver
from orlop.drivers.rbd.settings import MIB, RbdSettings
from orlop.errors import InvalidLocation, InvalidSettings


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"object_size": 3 * MIB}, "a power of two is needed, such as 2097152 or 4194304"),
        ({"object_size": 64 * MIB}, "less than or equal to 33554432"),
        ({"pool": ""}, "at least 1 "),
        ({"pool": "a/b"}, "without '/' and '@'"),
        ({"stripe_unit": 65536}, "go together"),
        ({"stripe_unit": 2 * MIB, "stripe_count": 4, "object_size": MIB}, "not be more than 'object_size'"),
        ({"features": ["exclusive-lock"]}, "must have 'layering'"),
        ({"features": ["layering", "fast-diff", "exclusive-lock"]}, "'fast-diff' needs 'object-map'"),
        ({"features": ["layering", "speed"]}, "speed|layering"),
        ({"lanes": 0}, "greater than or equal to 1"),
        ({"operation_timeout": 0}, "greater than 0"),
    ],
)
def test_what_is_wrong_is_refused_with_the_reason(wrong: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidSettings, match=reason):
        settings_of("ceph", {"driver": "rbd", **wrong})


def test_the_options_of_an_image() -> None:
    assert creation(RbdSettings()) == {"order": 23}
    striped = RbdSettings(
        object_size=4 * MIB,
        features=("layering", "exclusive-lock"),
        stripe_unit=MIB,
        stripe_count=4,
        data_pool="parity",
    )
    assert creation(striped) == {
        "order": 22,
        "features": 1 | 2 | 4,
        "stripe_unit": MIB,
        "stripe_count": 4,
        "data_pool": "parity",
    }


def test_a_store_from_a_uri() -> None:
    assert RbdSettings.from_uri("rbd:///vm%20images").pool == "vm images"
    assert RbdSettings.from_uri("rbd:///images/tenant").place == "images/tenant"
    for uri in ("rbd://images", "rbd:///", "rbd:///a/b/c", "rbd:///a?b"):
        with pytest.raises(InvalidLocation):
            RbdSettings.from_uri(uri)


def test_missing_modules_are_told_when_the_store_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rados", None)
    with pytest.raises(InvalidSettings, match="install python3-rados and python3-rbd"):
        RbdDriver(RbdSettings())
