"""Listings that break off, go round or never end; the server's answers are made up here, as no real one gives such."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count, cycle, islice
from typing import Any

import pytest
from orlop.drivers.s3.listing import OBJECTS, PARTS, UPLOADS, Listing, pages
from orlop.errors import BackendError, Unavailable

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def item(key: str) -> dict[str, Any]:
    return {
        "Key": key,
        "Size": 1,
        "LastModified": WHEN,
        "UploadId": "u",
        "PartNumber": int(key) if key.isdigit() else 0,
    }


class Server:
    """Gives these pages, one after the other, and keeps what it was asked."""

    def __init__(self, listing: Listing, answers: Iterator[dict[str, Any]]) -> None:
        self.listing, self.answers = listing, answers
        self.asked: list[dict[str, Any]] = []

    def __call__(self, operation: str, **words: Any) -> dict[str, Any]:
        assert operation == self.listing.operation
        self.asked.append(words)
        return {self.listing.about: "b", **next(self.answers)}

    def listed(self) -> list[object]:
        return [self.listing.key(one) for items, _ in pages(self.listing, self, "b") for one in items]


def page(listing: Listing, *keys: str, **more: Any) -> dict[str, Any]:
    return {listing.items: [item(key) for key in keys], **more}


def test_a_page_that_does_not_say_how_it_goes_on_is_continued_after_its_last_item() -> None:
    objects = [page(OBJECTS, "a", "b", IsTruncated=True), page(OBJECTS, "c")]
    server = Server(OBJECTS, iter(objects))
    assert server.listed() == ["a", "b", "c"]
    assert server.asked == [{}, {"StartAfter": "b"}]
    uploads = Server(UPLOADS, iter([page(UPLOADS, "a", IsTruncated=True), page(UPLOADS, "b")]))
    assert uploads.listed() == [("a", "u"), ("b", "u")]
    assert uploads.asked[1] == {"KeyMarker": "a", "UploadIdMarker": "u"}
    parts = Server(PARTS, iter([page(PARTS, "1", "2", IsTruncated=True), page(PARTS, "3")]))
    assert parts.listed() == [1, 2, 3]
    assert parts.asked[1] == {"PartNumberMarker": 2}


def test_a_page_of_folders_is_continued_behind_the_last_one() -> None:
    folders = {"CommonPrefixes": [{"Prefix": "f/"}], "IsTruncated": True}
    server = Server(OBJECTS, iter([folders, page(OBJECTS, "g")]))
    assert server.listed() == ["g"]
    assert "f/zzz" < server.asked[1]["StartAfter"] < "f0"


def test_tokens_are_used_where_there_are_any() -> None:
    answers = [page(OBJECTS, "a", IsTruncated=True, NextContinuationToken="t"), page(OBJECTS, "b")]
    server = Server(OBJECTS, iter(answers))
    assert server.listed() == ["a", "b"]
    assert server.asked[1] == {"ContinuationToken": "t"}


@pytest.mark.parametrize("listing", [OBJECTS, UPLOADS, PARTS], ids=lambda one: one.operation)
@pytest.mark.parametrize("length", [1, 2, 3, 7, 50])
def test_a_listing_that_goes_round_is_an_error(listing: Listing, length: int) -> None:
    tokens = count(1)
    answers = (
        page(
            listing,
            str(number),
            IsTruncated=True,
            NextContinuationToken=f"t{next(tokens)}",
            NextKeyMarker=f"k{next(tokens)}",
            NextPartNumberMarker=next(tokens),
        )
        for number in cycle(range(1, length + 1))
    )
    with pytest.raises(BackendError, match="repeats"):
        Server(listing, islice(answers, 1000)).listed()


def test_a_repeated_token_and_none_at_all_are_errors() -> None:
    same = (page(OBJECTS, str(number), IsTruncated=True, NextContinuationToken="t") for number in count())
    with pytest.raises(BackendError, match="not where"):
        Server(OBJECTS, same).listed()
    with pytest.raises(BackendError, match="not where"):
        Server(OBJECTS, iter([page(OBJECTS, IsTruncated=True)])).listed()


def test_empty_pages_without_an_end_are_an_error() -> None:
    empty = (page(OBJECTS, IsTruncated=True, NextContinuationToken=f"t{number}") for number in count())
    with pytest.raises(BackendError, match="does not end"):
        Server(OBJECTS, empty).listed()
    some = [page(OBJECTS, IsTruncated=True, NextContinuationToken=f"t{number}") for number in range(900)]
    assert Server(OBJECTS, iter([*some, page(OBJECTS, "a")])).listed() == ["a"]


def test_a_page_of_another_listing_is_an_error() -> None:
    with pytest.raises(Unavailable, match="another request"):
        list(pages(OBJECTS, lambda *_, **__: {"Name": "other"}, "b"))
    with pytest.raises(Unavailable, match="not whole"):
        list(pages(OBJECTS, lambda *_, **__: {}, "b"))
    assert list(pages(OBJECTS, lambda *_, **__: {"Name": "tenant:b"}, "b")) == [([], {"Name": "tenant:b"})]
