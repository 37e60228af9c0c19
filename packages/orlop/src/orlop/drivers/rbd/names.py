"""Names in a pool that are no images' names: image ids never begin with a dot."""

from __future__ import annotations

import uuid

SNAPSHOT = "snap"
"""The snapshot that makes an image: what is read, and what Nova and Cinder clone."""
UPLOAD = ".orlop-upload-"
DELETED = ".orlop-deleted-"
SCRATCH = "scratch-"
"""Namespaces that begin so are made when they are missing: the places of the gate."""
IMAGE_KEY = "orlop.image"
"""Image metadata: the id of the image, on what is not named by it (yet, or any more)."""
DIGEST_KEY = "orlop.digest."
"""Image metadata: this and an algorithm's name, with a digest in hexadecimal."""


def fresh(prefix: str) -> str:
    """A name that nobody has."""
    return f"{prefix}{uuid.uuid4().hex}"


def hidden(name: str) -> bool:
    """Whether a name is no image's name."""
    return name.startswith(".")
