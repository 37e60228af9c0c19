"""How an image is made: the settings, in the words of librbd."""

from __future__ import annotations

from typing import Any

from orlop.drivers.rbd.settings import RbdSettings

_BITS = {"layering": 1, "exclusive-lock": 4, "object-map": 8, "fast-diff": 16, "deep-flatten": 32, "journaling": 64}
_STRIPING = 2


def creation(settings: RbdSettings) -> dict[str, Any]:
    """The options for making an image or a clone; what is not among them is as ceph.conf says."""
    options: dict[str, Any] = {"order": settings.object_size.bit_length() - 1}
    if settings.features is not None:
        striping = _STRIPING if settings.stripe_count else 0
        options["features"] = sum(_BITS[name] for name in set(settings.features)) | striping
    if settings.stripe_unit and settings.stripe_count:
        options |= {"stripe_unit": settings.stripe_unit, "stripe_count": settings.stripe_count}
    if settings.data_pool is not None:
        options["data_pool"] = settings.data_pool
    return options
