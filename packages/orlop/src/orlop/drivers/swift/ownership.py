"""Whose an image is: the mark in its metadata is that of the upload that has made it."""

from __future__ import annotations

from orlop.drivers.swift.client import Client
from orlop.drivers.swift.failures import MISSING
from orlop.drivers.swift.layout import UPLOAD, Place
from orlop.errors import AlreadyExists


def is_own(client: Client, place: Place) -> bool:
    """Whether the image that is there is the one that the upload of `place` has made."""
    answer = client.ask("HEAD", place.container, place.image_id, also=MISSING)
    return answer.status_code not in MISSING and answer.headers.get(UPLOAD) == place.mark


def require_free(client: Client, place: Place) -> None:
    """Look whether there is an image of this id; radosgw does not do it when it stores a manifest.

    Raises:
        AlreadyExists: there is.
    """
    if client.ask("HEAD", place.container, place.image_id, also=MISSING).status_code not in MISSING:
        raise AlreadyExists("there is an image of this id")
