"""The hidden names that a file store uses beside its images. An image's own name never begins with a dot."""

from __future__ import annotations

UPLOAD = ".orlop-upload-"
"""Begins the names of files that are being written: UPLOAD, 16 hex digits, "-", image id."""
SIDECAR = ".orlop-digests-"
"""Begins the names of files with an image's digests: SIDECAR, image id."""
PUBLISH_LOCK = ".orlop-publish.lock"
"""Locked while an image is made visible in a store of several directories."""
SCRATCH = ".orlop-scratch-"
"""Begins the names of folders for the gate."""
