"""The names in a file store's directories: of images, and hidden ones beside them, which begin with a dot.

Names on the disk are bytes, the UTF-8 of what they stand for, whatever the locale of the process: another process may
have another one.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

UPLOAD = ".orlop-upload-"
"""Begins the names of files that are being written: UPLOAD, 16 hex digits, "-", image id."""
TOKEN_DIGITS = 16
"""How many hex digits tell the uploads of one image apart."""
SIDECAR = ".orlop-digests-"
"""Begins the names of files with an image's digests: SIDECAR, image id."""
PUBLISH_LOCK = ".orlop-publish.lock"
"""Locked while an image is made visible in a store of several directories."""
SCRATCH = ".orlop-scratch-"
"""Begins the names of folders for the gate."""


def encoded(text: str | Path) -> bytes:
    """The bytes on the disk of an image id, a name or a path."""
    return str(text).encode("utf-8", "surrogateescape")


def on_disk(path: Path) -> Path:
    """The path as this process has to write it for these bytes; itself, but for a locale that is not UTF-8."""
    return Path(os.fsdecode(encoded(path)))


def decoded(name: bytes) -> str:
    """The text of a name on the disk; bytes that are no UTF-8 are kept as surrogates."""
    return name.decode("utf-8", "surrogateescape")


def shown(name: bytes) -> str:
    """A name on the disk for a message."""
    return name.decode("utf-8", "backslashreplace")


def names_in(folder: int) -> list[bytes]:
    """All names in the directory open as `folder`, sorted."""
    descriptor = os.open(b".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        return sorted(os.fsencode(name) for name in os.listdir(descriptor))
    finally:
        os.close(descriptor)


def staged_name(image_id: str, token: str | None = None) -> bytes:
    """A hidden name for a file on its way in or out; fresh without a `token`, which has `TOKEN_DIGITS` digits."""
    return encoded(f"{UPLOAD}{token or secrets.token_hex(TOKEN_DIGITS // 2)}-{image_id}")


def sidecar_name(image_id: str) -> bytes:
    """The hidden name of the file with an image's digests."""
    return encoded(SIDECAR + image_id)


def image_of(staged: bytes) -> str | None:
    """The image id in a staged file's name."""
    return decoded(staged)[len(UPLOAD) + TOKEN_DIGITS + 1 :] or None
