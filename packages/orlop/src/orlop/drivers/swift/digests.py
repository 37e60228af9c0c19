"""Digests beside an image, as metadata of its object: one header each, `sha256:HEX`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from orlop.drivers.swift.layout import META

_DIGEST = f"{META}Digest-"
_KEPT = re.compile(r"([a-z0-9_-]{1,32}):([0-9a-f]{2,256})")


def digest_headers(digests: Mapping[str, str]) -> dict[str, str]:
    """The headers that keep these digests. The names are in the values: headers know neither case nor `_`."""
    return {f"{_DIGEST}{number}": f"{name}:{value}" for number, (name, value) in enumerate(sorted(digests.items()))}


def digests_in(headers: Mapping[str, str]) -> dict[str, str]:
    """The digests that an answer's headers keep; what has not the form of one is none."""
    told = (value for name, value in headers.items() if name.lower().startswith(_DIGEST.lower()))
    return {kept[1]: kept[2] for value in sorted(told) if (kept := _KEPT.fullmatch(value))}
