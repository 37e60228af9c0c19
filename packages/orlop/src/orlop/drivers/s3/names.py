"""The names of the objects that the driver keeps beside images. No image id begins with a dot, so none is hidden."""

from __future__ import annotations

OWN = ".orlop-"
"""How the names of all of them begin."""
DIGESTS = f"{OWN}digests-"
TURN = f"{OWN}turn-"
PROBE = f"{OWN}probe-"
TOKEN_LENGTH = 32
"""Digits of the token of an upload."""


def digests_name(image_id: str, token: str) -> str:
    """The object that holds the digests of an image which was uploaded in parts, by the upload of this token."""
    return f"{DIGESTS}{token}-{image_id}"


def image_of_digests(name: str) -> tuple[str, str] | None:
    """The image id and the token in such a name, or None when it is none."""
    rest = name.removeprefix(DIGESTS)
    if rest == name or len(rest) < TOKEN_LENGTH + 2 or rest[TOKEN_LENGTH] != "-":
        return None
    return rest[TOKEN_LENGTH + 1 :], rest[:TOKEN_LENGTH]
