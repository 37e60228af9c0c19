"""Listings of containers and accounts, in JSON; what is none is an error, and nothing is left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from orlop.drivers.swift.times import listed_time
from orlop.errors import BackendError

_MOST_BYTES = 1 << 60
"""No object is larger; a number beyond it is none."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a listing: an object, or what stands for all names up to a delimiter."""

    name: str
    size: int = 0
    etag: str = ""
    modified: datetime | None = None
    folder: bool = False


def json_of(answer: requests.Response, what: str) -> Any:
    """What an answer's JSON says.

    Raises:
        BackendError: it is no JSON, or of a depth or with numbers that nothing here has.
    """
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError) as error:
        raise BackendError(f"{what} cannot be read: the answer is no JSON that Swift gives") from error


def page_of(answer: requests.Response, marker: str, what: str) -> list[Item]:
    """One page of a listing that goes on behind `marker`; empty at its end.

    Raises:
        BackendError: it is no listing, or not what follows the marker: it would never end, or leave names out.
    """
    lines = json_of(answer, f"the listing of {what}") if answer.status_code != 204 else []
    if not isinstance(lines, list):
        raise BackendError(f"the listing of {what} is no list")
    page = [item_of(line, what) for line in lines]
    before = marker.encode()
    if any(item.name.encode() <= before for item in page):
        raise BackendError(f"the listing of {what} repeats itself: names come again that are on the page before")
    return page


def item_of(line: object, what: str) -> Item:
    """One line of a listing.

    Raises:
        BackendError: it does not have the form of one.
    """
    if isinstance(line, Mapping):
        name = line.get("subdir", line.get("name"))
        size = line.get("bytes", 0)
        modified = line.get("last_modified", "")
        if (
            isinstance(name, str)
            and name
            and encodable(name)
            and type(size) is int
            and 0 <= size <= _MOST_BYTES
            and isinstance(modified, str)
        ):
            etag = str(line.get("slo_etag") or line.get("hash") or "").strip('"')
            return Item(name, size, etag, listed_time(modified), folder="subdir" in line)
    raise BackendError(f"the listing of {what} has a line without the name, size and time of an object")


def encodable(name: str) -> bool:
    """Whether it is text: JSON can also write halves of characters."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
