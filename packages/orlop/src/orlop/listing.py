"""A driver's listing, page by page: each fetched within the deadline, and again while its failure may pass.

A listing whose page failed is over for the driver's iterator. It is begun anew then, and what has been handed out
already is passed over: the caller is given every item, or an error, and never a list that is short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from orlop.cancellation import cancelled
from orlop.errors import StoreError
from orlop.retrying import Patience

T = TypeVar("T")

_PAGE = 256
"""Items that are fetched by one call."""


@dataclass(slots=True)
class Listing(Generic[T]):
    """One run through the items that `begin` gives.

    `key` tells items apart, `call` calls the driver, and `patience` is the policy for a page; with each new item the
    tries are counted anew.
    """

    begin: Callable[[], Iterator[T]]
    key: Callable[[T], str]
    call: Callable[[Callable[[], list[T]]], list[T]]
    patience: Patience
    _items: Iterator[T] | None = None
    _failure: Exception | None = None
    _known: set[str] = field(default_factory=set)
    """Keys of what was handed out before the listing was begun anew."""
    _fresh: list[str] = field(default_factory=list)
    """Keys of what has been handed out since."""

    def __iter__(self) -> Iterator[T]:
        page: list[T] = []
        while True:
            for attempt in self.patience.attempts():
                with attempt:
                    page = self._next_page()
            if not page:
                return
            yield from page

    def _next_page(self) -> list[T]:
        """Items that have not been handed out yet; none at the end."""
        try:
            while page := self.call(self._fetch):
                if new := [item for item in page if self.key(item) not in self._known]:
                    self._fresh += map(self.key, new)
                    return new
        except StoreError as error:
            self._known.update(self._fresh)
            self._items, self._fresh = None, []
            if self._known:
                error.add_note(f"the listing broke off after {len(self._known)} items; there are more")
            raise
        return []

    def _fetch(self) -> list[T]:
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if self._items is None:
            self._items = iter(self.begin())
        page: list[T] = []
        try:
            for item in self._items:
                page.append(item)
                if len(page) == _PAGE or cancelled():
                    break
        except Exception as error:
            if not page:
                raise
            self._failure = error  # what came before it is handed out first
        return page
