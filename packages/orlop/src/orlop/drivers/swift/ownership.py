"""Whose an image is: the mark in its metadata is that of the upload that has made it."""

from __future__ import annotations

from orlop.drivers.swift.client import Client
from orlop.drivers.swift.failures import MISSING
from orlop.drivers.swift.layout import UPLOAD, Place


def is_own(client: Client, place: Place) -> bool:
    """Whether the image that is there is the one that the upload of `place` has made."""
    answer = client.ask("HEAD", place.container, place.image_id, also=MISSING)
    return answer.status_code not in MISSING and answer.headers.get(UPLOAD) == place.mark
