"""The metadata of an image that are ours: its id, and its digests. Others may have put anything beside them."""

from __future__ import annotations

import hashlib
from typing import Any

from orlop.drivers.rbd.names import DIGEST_KEY, IMAGE_KEY


def metadata_of(image: Any) -> dict[str, str]:
    """All that can be read of an image's metadata."""
    try:
        return dict(image.metadata_list())
    except UnicodeDecodeError:  # the listing ends at the first that is no text; ours are asked for by name
        names = [IMAGE_KEY, *(DIGEST_KEY + algorithm for algorithm in sorted(hashlib.algorithms_guaranteed))]
        return {name: found for name in names if (found := _value(image, name)) is not None}


def digests_of(image: Any) -> dict[str, str]:
    """The digests that are kept with an image."""
    found = metadata_of(image)
    return {key.removeprefix(DIGEST_KEY): value for key, value in found.items() if key.startswith(DIGEST_KEY)}


def _value(image: Any, key: str) -> str | None:
    try:
        value: str = image.metadata_get(key)
    except (KeyError, UnicodeDecodeError):
        return None
    return value
