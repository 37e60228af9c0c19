"""The containers of a store: which image is in which, and making those that are missing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from orlop.drivers.swift.acl import acl_headers
from orlop.drivers.swift.client import Client
from orlop.drivers.swift.failures import MISSING
from orlop.drivers.swift.listing import Item
from orlop.drivers.swift.settings import SwiftSettings
from orlop.errors import InvalidSettings, StoreError, Unavailable
from orlop.records import Acl


class Containers:
    """The containers in one account."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._settings = client.settings
        self._there: set[str] = set()
        self._lock = threading.Lock()

    def have(self, container: str) -> None:
        """Make sure that it is there; it is asked for once only.

        Raises:
            InvalidSettings: it is missing, and this store makes none.
        """
        if container in self._there:
            return
        if self.client.ask("HEAD", container, also=MISSING).status_code in MISSING:
            if not self._settings.create_container:
                raise InvalidSettings(f"there is no container {container}; make it, or set create_container")
            headers: dict[str, str] = {}
            if self._settings.multi_tenant:
                headers = acl_headers(Acl(), self._settings.admin_projects)
            self.client.ask("PUT", container, headers=headers)
        if not self._settings.multi_tenant:  # there each is for one image, and goes with it
            with self._lock:
                self._there.add(container)

    @contextmanager
    def needed(self, container: str) -> Iterator[None]:
        """A context in which it is there; when that fails it may have been deleted, and is asked for again.

        Raises:
            InvalidSettings: it is missing, and this store makes none.
        """
        self.have(container)
        try:
            yield
        except Unavailable:
            with self._lock:
                self._there.discard(container)
            raise

    def forget(self, container: str) -> None:
        """An upload into it has been given up, or its image deleted: where each image has its own, it goes too."""
        if not self._settings.multi_tenant:
            return
        with suppress(StoreError):  # another upload of the same image may be under way in it
            self.client.remove(container)

    def all(self) -> Iterator[str]:
        """Every container of this store."""
        name = self._settings.container
        if not self._settings.multi_tenant and not self._settings.container_digits:
            yield name
            return
        yield from (item.name for item in self.items())

    def items(self) -> Iterator[Item]:
        """The containers whose names begin as this store's do, where it has several."""
        beginning = f"{self._settings.container}_"
        return (item for item in self.client.listing(prefix=beginning) if item.name != beginning)


def container_for(settings: SwiftSettings, image_id: str) -> str:
    """The container in which an image of this id is."""
    if settings.multi_tenant:
        return f"{settings.container}_{image_id}"
    digits = settings.container_digits
    if not digits:
        return settings.container
    # As glance_store has always cut it: dashes among the first digits are not counted, those after them are.
    name = image_id.lower()
    return f"{settings.container}_{name[: digits + name[:digits].count('-')]}"
