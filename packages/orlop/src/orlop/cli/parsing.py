"""Texts of the command line to values: digests, ranges, sizes, copy targets."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from orlop.cli.failures import Misuse
from orlop.digests import expected, normalized
from orlop.errors import StoreError

_BY_LENGTH = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
_SIZE = re.compile(r"(\d{1,24})\s*(?:([kmgtp])(?:i?b)?|b)?", re.IGNORECASE)


def digests_expected(texts: Sequence[str] | None) -> dict[str, str] | None:
    """`ALGO:HEX` or bare `HEX` to algorithm names and digests; None when there is none."""
    found: dict[str, str] = {}
    for text in texts or ():
        algorithm, mark, value = text.rpartition(":")
        if not mark:
            algorithm = _BY_LENGTH.get(len(text), "")
            if not algorithm:
                raise Misuse(f"--expect {text}: the form is ALGO:HEX, such as sha256:e3b0…")
        try:
            checked = expected({algorithm: value})
        except StoreError as error:
            raise Misuse(f"--expect {text}: {error.reason}") from None
        if any(found.get(name, digest) != digest for name, digest in checked.items()):
            raise Misuse(f"--expect {text}: another {next(iter(checked))} is expected already")
        found |= checked
    return found or None


def algorithms(names: Sequence[str] | None, default: Sequence[str]) -> list[str]:
    """Digest algorithms by their normal names."""
    try:
        return [normalized(name) for name in names or default]
    except StoreError as error:
        raise Misuse(f"--digest: {error.reason}") from None


def size_of(text: str, option: str) -> int:
    """`1000`, `64k`, `2G` to bytes; the letters count in 1024s."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise Misuse(f"{option} {text}: a number of bytes is wanted, such as 4096, 64K or 2G")
    letter = (match.group(2) or "").lower()
    return int(match.group(1)) << (10 * " kmgtp".index(letter or " "))


def range_of(text: str) -> tuple[int | None, int | None]:
    """`A:B`, `A:`, `:B` to start and stop; `-N`, the last N bytes, to (None, N)."""
    if text.startswith("-"):
        return None, size_of(text[1:], "--range -")
    start, mark, stop = text.partition(":")
    if not mark or not (start or stop):
        raise Misuse(f"--range {text}: the form is A:B (byte A up to, not including, byte B), A:, :B or -N")
    first = size_of(start, "--range") if start else 0
    last = size_of(stop, "--range") if stop else None
    if last is not None and last < first:
        raise Misuse(f"--range {text}: it ends before it begins")
    return first, last


def store_and_id(text: str, stores: Container[object]) -> tuple[str | None, str]:
    """`STORE:ID`, where there is a store of this name, to both; any other text is an id."""
    store, mark, image_id = text.partition(":")
    return (store, image_id) if mark and image_id and store in stores else (None, text)


def copy_target(text: str) -> tuple[str, str | None]:
    """`STORE:` or `STORE:ID` to a store's name and an id."""
    store, mark, image_id = text.partition(":")
    if not mark or not store or image_id.startswith("//"):
        raise Misuse(f"{text}: a copy goes to STORE: or STORE:ID")
    return store, image_id or None
