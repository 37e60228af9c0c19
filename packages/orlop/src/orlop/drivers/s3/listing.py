"""Listings, page by page: whole, about what was asked, and with an end.

botocore's own paginators end where a truncated page lacks the token of the next one, and go on for as long as a server
gives new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orlop.drivers.s3.answers import Answer, about, whole
from orlop.errors import BackendError

_EMPTY = 1000
"""Empty pages in a row that a server may give; radosgw does where most of a bucket was deleted."""
_LAST = "\U0010ffff"

Ask = Callable[..., Answer]
Words = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """One kind of listing: the field of its items, what they have to have, and how it goes on.

    about: the field by which a page says what it lists. next_page: what to ask for after a page, by its marks, or by
    its last item where it has none.
    """

    operation: str
    items: str
    needed: tuple[str, ...]
    about: str
    key: Callable[[Answer], object]
    next_page: Callable[[Answer, Answer], Words]


def pages(listing: Listing, ask: Ask, of: str, **words: Any) -> Iterator[tuple[list[Answer], Answer]]:
    """The items of each page, and the page.

    Raises:
        Unavailable: a page is not whole, or belongs to another listing.
        BackendError: it goes on without an end, or does not say how.
    """
    more: Words = {}
    repeats = _Repeats()
    empty = 0
    while True:
        page = about(whole(ask(listing.operation, **{**words, **more}), listing.about), **{listing.about: of})
        items = _checked(page.get(listing.items) or [], listing.needed)
        folders = [whole(one, "Prefix") for one in page.get("CommonPrefixes") or ()]
        keys = [*map(listing.key, items), *(one["Prefix"] for one in folders)]
        repeats.look(keys)
        yield items, page
        if not page.get("IsTruncated"):
            return
        empty = 0 if keys else empty + 1
        if empty > _EMPTY:
            raise BackendError(f"the server's listing does not end: {empty} pages in a row are empty")
        before = more
        more = listing.next_page(page, _last(items, folders))
        if more == before or not all(more.values()):
            raise BackendError("the server says that its listing goes on, and not where")


def _last(items: list[Answer], folders: list[Answer]) -> Answer:
    """The item after which a page goes on that does not say so; after a folder, all that is in it."""
    last = {**items[-1]} if items else {}
    if folders and (beyond := folders[-1]["Prefix"] + _LAST) > str(last.get("Key", "")):
        last["Key"] = beyond
    return last


def _checked(items: list[Answer], needed: tuple[str, ...]) -> list[Answer]:
    for one in items:
        whole(one, *needed)
        if "Size" in needed and (not isinstance(one["Size"], int) or one["Size"] < 0):
            raise BackendError(f"the server lists an object of {one['Size']} bytes")
        if "LastModified" in needed and not isinstance(one["LastModified"], datetime):
            raise BackendError("the server lists an object whose date is none")
    return items


class _Repeats:
    """Finds that a listing goes round, in the memory of two pages.

    Keys of the page before are remembered, and those of the second, fourth, eighth ... page until the next such one: a
    round of any length comes back to one of these.
    """

    def __init__(self) -> None:
        self._number = 0
        self._mark = 1
        self._before: set[object] = set()
        self._marked: set[object] = set()

    def look(self, keys: list[object]) -> None:
        """Take the keys of the next page.

        Raises:
            BackendError: one was there before.
        """
        found = set(keys)
        if len(found) < len(keys) or found & self._before or found & self._marked:
            raise BackendError("the server's listing repeats what it has listed already")
        if not keys:
            return
        self._before = found
        self._number += 1
        if self._number == self._mark:
            self._marked, self._mark = found, 2 * self._mark


def _next_objects(page: Answer, last: Answer) -> Words:
    if (token := page.get("NextContinuationToken")) is not None:
        return {"ContinuationToken": token}
    return {"StartAfter": last.get("Key")}


def _next_uploads(page: Answer, last: Answer) -> Words:
    if page.get("NextKeyMarker"):
        more = {"KeyMarker": page["NextKeyMarker"]}
        return more | ({"UploadIdMarker": page["NextUploadIdMarker"]} if page.get("NextUploadIdMarker") else {})
    return {"KeyMarker": last.get("Key"), "UploadIdMarker": last.get("UploadId")}


def _next_parts(page: Answer, last: Answer) -> Words:
    # A server that has no further part says 0.
    return {"PartNumberMarker": page.get("NextPartNumberMarker") or last.get("PartNumber")}


OBJECTS = Listing(
    "list_objects_v2", "Contents", ("Key", "Size", "LastModified"), "Name", lambda one: one["Key"], _next_objects
)
UPLOADS = Listing(
    "list_multipart_uploads",
    "Uploads",
    ("Key", "UploadId"),
    "Bucket",
    lambda one: (one["Key"], one["UploadId"]),
    _next_uploads,
)
PARTS = Listing(
    "list_parts",
    "Parts",
    ("PartNumber", "Size", "LastModified"),
    "UploadId",
    lambda one: one["PartNumber"],
    _next_parts,
)
