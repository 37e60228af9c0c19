"""What `add` is given and returns: the size, digests by name, the caller's verifier, a location's metadata."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from orlop.digests import normalized
from orlop.errors import Unsupported

from glance_store import exceptions


def require_algorithm(name: str) -> None:
    """See that there is a digest of this name, and of a fixed length.

    Raises:
        UnknownHashingAlgo: there is not.
    """
    try:
        known = name in hashlib.algorithms_available and normalized(name) == name
    except Unsupported:
        known = False
    if not known:
        raise exceptions.UnknownHashingAlgo(algo=name)


def size_of(announced: Any) -> int | None:
    """The size that is announced for an image; None when nobody knows it, which is what 0 means.

    Raises:
        Invalid: it is no number of bytes.
    """
    if announced is None:
        return None
    size = int(announced) if isinstance(announced, int | float) and announced == announced // 1 else -1
    if size < 0:
        raise exceptions.Invalid(f"The size of an image is a number of bytes, not {announced!r}")
    return size or None


def kept_by_glance(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """A location's metadata as Glance can keep them: texts, and lists and dictionaries of such."""
    return {str(key): _kept(value) for key, value in metadata.items()}


def _kept(value: Any) -> Any:
    if isinstance(value, Mapping):
        return kept_by_glance(value)
    if isinstance(value, list | tuple):
        return [_kept(one) for one in value]
    return value if isinstance(value, str) else str(value)


class Watching:
    """A verifier that is shown the data; whether they are right is asked by the one who gave it."""

    def __init__(self, verifier: Any) -> None:
        self.update = verifier.update

    def verify(self) -> None:
        """Nothing is decided here."""
