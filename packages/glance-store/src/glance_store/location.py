"""Locations as glance_store has them: a URI, the class that knows its scheme, and the store it belongs to.

The two dictionaries are the stores that there are, by scheme; Glance reads them, and its tests replace them. So they
are always reached through this module.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from oslo_config import cfg

from glance_store import exceptions

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

SCHEME_TO_CLS_MAP: dict[str, dict[str, Any]] = {}
"""Scheme to `store`, `location_class` and `store_entry`, of stores configured in `[glance_store]`."""
SCHEME_TO_CLS_BACKEND_MAP: dict[str, dict[str, dict[str, Any]]] = {}
"""Scheme to store identifier to the same, of stores with a group each."""


def get_location_from_uri(uri: str, conf: cfg.ConfigOpts = CONF) -> Location:
    """The location that a URI is, in the store of its scheme.

    Raises:
        UnknownScheme: no store has this scheme.
        BadStoreUri: the store knows it is malformed.
    """
    scheme = _scheme(uri)
    if scheme not in SCHEME_TO_CLS_MAP:
        raise exceptions.UnknownScheme(scheme=scheme)
    return Location(scheme, SCHEME_TO_CLS_MAP[scheme]["location_class"], conf, uri=uri)


def get_location_from_uri_and_backend(uri: str, backend: str, conf: cfg.ConfigOpts = CONF) -> Location:
    """The location that a URI is, in the store `backend`.

    Raises:
        UnknownScheme: no store has this scheme, or this one has not.
        BadStoreUri: the store knows it is malformed.
    """
    scheme = _scheme(uri)
    stores = SCHEME_TO_CLS_BACKEND_MAP.get(scheme)
    if stores is None:
        raise exceptions.UnknownScheme(scheme=scheme)
    if backend not in stores:
        raise exceptions.UnknownScheme(scheme=backend)
    return Location(scheme, stores[backend]["location_class"], conf, uri=uri, backend=backend)


def register_scheme_map(scheme_map: Mapping[str, dict[str, Any]]) -> None:
    """Have these stores serve these schemes."""
    SCHEME_TO_CLS_MAP.update(scheme_map)


def register_scheme_backend_map(scheme_map: Mapping[str, Mapping[str, dict[str, Any]]]) -> None:
    """Have these stores serve these schemes, beside others that do."""
    for scheme, stores in scheme_map.items():
        SCHEME_TO_CLS_BACKEND_MAP.setdefault(scheme, {}).update(stores)


class Location:
    """Where an image is: by its URI, or by the specs of its store, from which the URI follows."""

    def __init__(
        self,
        store_name: str,
        store_location_class: type[StoreLocation],
        conf: cfg.ConfigOpts,
        uri: str | None = None,
        image_id: str | None = None,
        store_specs: dict[str, Any] | None = None,
        backend: str | None = None,
    ) -> None:
        self.store_name = store_name
        self.image_id = image_id
        self.store_specs = store_specs or {}
        self.conf = conf
        self.backend_group = backend
        group = {"backend_group": backend} if backend else {}
        self.store_location = store_location_class(self.store_specs, conf, **group)
        if uri:
            self.store_location.parse_uri(uri)

    def get_store_uri(self) -> str:
        """The URI of the image in its store."""
        return self.store_location.get_uri()

    def get_uri(self) -> None:
        """Nothing: the image's own URI is its service's, which knows it."""


class StoreLocation:
    """What a location is made of, for one kind of store; drivers derive their own from it."""

    def __init__(self, store_specs: dict[str, Any], conf: cfg.ConfigOpts, backend_group: str | None = None) -> None:
        self.conf = conf
        self.specs = store_specs
        self.backend_group = backend_group
        if self.specs:
            self.process_specs()

    def process_specs(self) -> None:
        """Take what `specs` holds."""

    def get_uri(self) -> str:
        """The URI that `parse_uri` takes."""
        raise NotImplementedError("the driver's StoreLocation says how its URIs are made")

    def parse_uri(self, uri: str) -> None:
        """Take what a URI holds.

        Raises:
            BadStoreUri: it is malformed.
        """
        raise NotImplementedError("the driver's StoreLocation says how its URIs are read")

    @staticmethod
    def validate_schemas(uri: str, valid_schemas: Sequence[str]) -> None:
        """See that the URI begins with one of these.

        Raises:
            BadStoreUri: it does not.
        """
        if not uri.startswith(tuple(valid_schemas)):
            reason = f"Location URI must start with one of the following schemas: {', '.join(valid_schemas)}"
            LOG.warning(reason)
            raise exceptions.BadStoreUri(message=reason)


def _scheme(uri: str) -> str:
    """What stands before the `://`, in lower case (RFC 3986, section 3.1)."""
    scheme, mark, _ = uri.partition(":")
    return scheme.lower() if mark else ""
