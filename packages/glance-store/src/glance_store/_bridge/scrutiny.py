"""What looks at the data of an image while it is stored: digests by their names, and the caller's verifier."""

from __future__ import annotations

import hashlib
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


class Watching:
    """A verifier that is shown the data; whether they are right is asked by the one who gave it."""

    def __init__(self, verifier: Any) -> None:
        self.update = verifier.update

    def verify(self) -> None:
        """Nothing is decided here."""
