"""A store that could not be brought up: it is there, says why it cannot be used, and is tried again now and then."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Any

from oslo_config import cfg

from glance_store import driver, exceptions, location
from glance_store.capabilities import BitMasks

_AGAIN = 10.0
"""Seconds between two attempts to bring a broken store up, when it is asked for."""


class BrokenStore(driver.Store):
    """Stands where a store would, so that the others live; it refuses everything, with its reason."""

    _CAPABILITIES = BitMasks.DRIVER_REUSABLE

    def __init__(self, conf: cfg.ConfigOpts, backend: str | None, reason: str) -> None:
        super().__init__(conf, backend)
        self.reason = reason
        self._lock = threading.Lock()
        self._due = monotonic() + _AGAIN
        if backend:
            driver.register(conf, driver._MULTI_BACKEND_OPTS, backend)

    def due(self) -> bool:
        """Whether it is time to bring the store up again; true for one caller at a time."""
        with self._lock:
            now = monotonic()
            if now < self._due:
                return False
            self._due = now + _AGAIN
            return True

    def get_store_location_class(self) -> type[location.StoreLocation]:
        """A class that takes any location."""
        return AnyLocation

    def add(self, *_: Any, **__: Any) -> Any:
        """Refuse.

        Raises:
            StoreAddDisabled: always, with the reason.
        """
        raise exceptions.StoreAddDisabled(self.reason)

    def get(self, *_: Any, **__: Any) -> Any:
        """Refuse.

        Raises:
            RemoteServiceUnavailable: always, with the reason.
        """
        raise exceptions.RemoteServiceUnavailable(self.reason)

    def get_size(self, *_: Any, **__: Any) -> int:
        """Refuse.

        Raises:
            BadStoreUri: always, with the reason.
        """
        raise exceptions.BadStoreUri(self.reason)

    def set_acls(self, *_: Any, **__: Any) -> None:
        """Refuse: that nobody may read an image any more must not be lost.

        Raises:
            BadStoreConfiguration: always, with the reason.
        """
        raise exceptions.BadStoreConfiguration(self.reason)

    def delete(self, *_: Any, **__: Any) -> None:
        """Refuse; not in a way that lets Glance forget the image.

        Raises:
            TimeoutError: always, with the reason.
        """
        raise exceptions.TimeoutError(self.reason)


class AnyLocation(location.StoreLocation):
    """A location that nobody can read now."""

    _uri = ""

    def get_uri(self) -> str:
        """The URI as it came."""
        return self._uri

    def parse_uri(self, uri: str) -> None:
        """Keep the URI."""
        self._uri = uri
