"""Capabilities of orlop as glance_store's bits."""

from __future__ import annotations

import functools
import operator

from orlop.capabilities import Capability

from glance_store.capabilities import BitMasks

_BITS = {
    Capability.READ_ACCESS: BitMasks.READ_ACCESS,
    Capability.READ_OFFSET: BitMasks.READ_OFFSET,
    Capability.READ_CHUNK: BitMasks.READ_CHUNK,
    Capability.WRITE_ACCESS: BitMasks.WRITE_ACCESS,
    Capability.DRIVER_REUSABLE: BitMasks.DRIVER_REUSABLE,
}


def mask(found: Capability) -> int:
    """The capabilities that glance_store knows of."""
    return functools.reduce(operator.or_, (bits for one, bits in _BITS.items() if one in found), BitMasks.NONE)
