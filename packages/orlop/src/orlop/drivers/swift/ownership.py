"""Whose an image is: the mark in its metadata is that of the upload that has made it."""

from __future__ import annotations

import requests

from orlop.drivers.swift.client import Client
from orlop.drivers.swift.failures import MISSING
from orlop.drivers.swift.layout import UPLOAD, Place
from orlop.errors import AlreadyExists, InvalidSettings, NotFound


def head(client: Client, container: str, name: str) -> requests.Response:
    """The answer that tells of the image at this place.

    Raises:
        NotFound: there is none, in a container that is there.
        InvalidSettings: the container itself is missing: that says nothing of the images that belong into it.
    """
    answer = client.ask("HEAD", container, name, also=MISSING)
    if answer.status_code not in MISSING:
        return answer
    if not client.settings.multi_tenant and client.ask("HEAD", container, also=MISSING).status_code in MISSING:
        raise InvalidSettings(
            f"the container {container} is missing in this account; is it the right account (project, endpoint)? "
            "Where the container was deleted with all its images, make an empty one"
        )
    raise NotFound("there is no such image")


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
