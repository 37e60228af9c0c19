"""The hidden names that a file store uses beside its images. An image's own name never begins with a dot."""

from __future__ import annotations

import secrets

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


def staged_name(image_id: str) -> str:
    """A fresh hidden name for a file on its way in or out."""
    return f"{UPLOAD}{secrets.token_hex(TOKEN_DIGITS // 2)}-{image_id}"


def image_of(staged: str) -> str | None:
    """The image id in a staged file's name."""
    return staged[len(UPLOAD) + TOKEN_DIGITS + 1 :] or None
