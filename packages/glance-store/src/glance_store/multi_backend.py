"""Several stores, each with an identifier and a group of options of its own.

New code uses `orlop.Store`; these functions are what there was before it.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, KeysView, Mapping
from typing import Any, TypeVar

from orlop.errors import InvalidLocation
from orlop.location import scheme_of, without_secrets
from oslo_config import cfg

from glance_store import driver, exceptions, location
from glance_store._bridge import registry
from glance_store._bridge.broken import BrokenStore
from glance_store._bridge.loading import driver_class, driver_options
from glance_store._bridge.quiet_glance import hide_passwords
from glance_store.backend import (
    check_location_metadata,
    set_store_acls,
    store_add_to_backend,
    store_add_to_backend_with_multihash,
)

__all__ = [
    "add",
    "add_with_multihash",
    "check_location_metadata",
    "create_multi_stores",
    "delete",
    "get",
    "get_known_schemes_for_multi_store",
    "get_size_from_uri_and_backend",
    "get_store_from_store_identifier",
    "get_store_weight",
    "register_store_opts",
    "set_acls_for_multi_store",
    "store_add_to_backend",
    "store_add_to_backend_with_multihash",
    "verify_store",
]

CONF = cfg.CONF
LOG = logging.getLogger(__name__)
_T = TypeVar("_T")

_GROUP = "glance_store"
_STORE_OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        "default_backend",
        help="The identifier of the store that takes new images, one of those in enabled_backends. Without it Glance "
        "may refuse to start.",
    )
]


def _list_config_opts() -> list[tuple[str, list[cfg.Opt]]]:
    return [(_GROUP, _STORE_OPTS), *driver_options().items()]


def register_store_opts(conf: cfg.ConfigOpts, reserved_stores: Mapping[str, str] | None = None) -> None:
    """Declare `default_backend`, and in the group of each store the options of its driver.

    `reserved_stores` are stores that the service needs for itself: identifiers and drivers. Without a directory in the
    configuration, each keeps its images in `/var/lib/glance/IDENTIFIER`.
    """
    driver.register(conf, _STORE_OPTS, _GROUP)
    registry.reserve(conf, reserved_stores)
    for identifier, entry in registry.identifiers(conf).items():
        try:
            kind = driver_class(entry)
        except (exceptions.DriverLoadFailure, exceptions.BadStoreConfiguration) as error:
            LOG.warning("The store %s: %s", identifier, error)
            driver.register(conf, driver._MULTI_BACKEND_OPTS, identifier)
            continue
        options = getattr(kind, "OPTIONS", None) or []
        if identifier in (reserved_stores or {}):
            options = [_of_its_own(option, identifier) for option in options]
        driver.register(conf, getattr(kind, "MULTI_BACKEND_OPTIONS", None) or [], identifier)
        driver.register(conf, options, identifier)


def create_multi_stores(conf: cfg.ConfigOpts = CONF, reserved_stores: Mapping[str, str] | None = None) -> int:
    """Bring up the stores that `enabled_backends` and `reserved_stores` name; returns how many work.

    Both map identifiers to drivers, and each identifier names the group with the store's options. A broken store does
    not hurt the others: it is logged, and refuses its use with the reason.

    Raises:
        BackendException: a driver names no schemes.
    """
    hide_passwords()
    registry.reserve(conf, reserved_stores)
    stores = registry.identifiers(conf)
    return sum(registry.bring_up(conf, entry, identifier) for identifier, entry in stores.items())


def verify_store() -> None:
    """See that the store which takes new images is there.

    Raises:
        RuntimeError: it is not, or it cannot be used.
    """
    identifier = CONF.glance_store.default_backend
    if not identifier:
        raise RuntimeError("'default_backend' config option is not set.")
    try:
        store = get_store_from_store_identifier(identifier)
    except exceptions.UnknownScheme:
        raise RuntimeError(f"Store for identifier {identifier} not found") from None
    if isinstance(store, BrokenStore):
        raise RuntimeError(store.reason)  # noqa: TRY004 - of this function everyone expects it


def get_store_weight(store_identifier: str) -> int:
    """The weight of a store; the larger, the earlier it is read.

    Raises:
        UnknownScheme: there is no such store.
    """
    return int(registry.find(CONF, store_identifier).weight)


def get_store_from_store_identifier(store_identifier: str) -> Any:
    """The store of this identifier. Deprecated for new code: `orlop.Stores` has stores by name.

    Raises:
        UnknownScheme: there is none.
    """
    return registry.find(CONF, store_identifier)


def add(
    conf: cfg.ConfigOpts,
    image_id: str,
    data: Any,
    size: int,
    backend: str | None,
    context: Any = None,
    verifier: Any = None,
) -> tuple[Any, ...]:
    """Store an image in the store `backend`, or the default one; see `store_add_to_backend`."""
    store = registry.find(conf, backend or conf.glance_store.default_backend)
    return store_add_to_backend(image_id, data, size, store, context, verifier)


def add_with_multihash(
    conf: cfg.ConfigOpts,
    image_id: str,
    data: Any,
    size: int,
    backend: str | None,
    hashing_algo: str,
    scheme: str | None = None,
    context: Any = None,
    verifier: Any = None,
) -> tuple[Any, ...]:
    """Store an image in the store `backend`, or the default one; see `store_add_to_backend_with_multihash`.

    `scheme` is not used, and never was.
    """
    store = registry.find(conf, backend or conf.glance_store.default_backend)
    return store_add_to_backend_with_multihash(image_id, data, size, hashing_algo, store, context, verifier)


def get(
    uri: str, backend: str | None, offset: int = 0, chunk_size: int | None = None, context: Any = None
) -> tuple[Any, int]:
    """The bytes of an image in pieces, and how many there are: from `offset` on, `chunk_size` of them or all.

    Without `backend` every store that serves such locations is asked.

    Raises:
        NotFound: no store has it.
    """
    found: tuple[Any, int] = _where_it_is(
        uri, backend, lambda store, place: store.get(place, offset=offset, chunk_size=chunk_size, context=context)
    )
    return found


def delete(uri: str, backend: str | None, context: Any = None) -> Any:
    """Delete an image; without `backend` every store that serves such locations is asked.

    Raises:
        NotFound: no store has it.
        Forbidden: no store serves such locations.
    """
    if backend or _served(uri):
        return _where_it_is(uri, backend, lambda store, place: store.delete(place, context=context))
    # Of an image that is not found Glance forgets the record; one of a store that is not configured is still there.
    raise exceptions.Forbidden(f"No store that is configured has locations such as {without_secrets(uri)!r}")


def get_size_from_uri_and_backend(uri: str, backend: str | None, context: Any = None) -> int:
    """How many bytes the image at a location has; without `backend` every store that serves such locations is asked.

    Raises:
        NotFound: no store has it.
    """
    return int(_where_it_is(uri, backend, lambda store, place: store.get_size(place, context=context)))


def set_acls_for_multi_store(
    location_uri: str,
    backend: str | None,
    public: bool = False,
    read_tenants: list[str] = [],  # noqa: B006 - never changed; the signature is glance_store's
    write_tenants: list[str] | None = None,
    context: Any = None,
) -> None:
    """Say in the backend who may read and write an image; a store without access lists takes no notice."""
    place = location.get_location_from_uri_and_backend(location_uri, str(backend), conf=CONF)
    store = get_store_from_store_identifier(str(backend))
    set_store_acls(store, place, public, read_tenants, write_tenants, context)


def get_known_schemes_for_multi_store() -> KeysView[str]:
    """The schemes of all stores."""
    return location.SCHEME_TO_CLS_BACKEND_MAP.keys()


def _of_its_own(option: cfg.Opt, identifier: str) -> cfg.Opt:
    """The option as a reserved store has it: in a directory of its own."""
    if option.dest != "filesystem_store_datadir":
        return option
    own = copy.copy(option)
    own.default = f"/var/lib/glance/{identifier}"
    return own


def _served(uri: str) -> bool:
    return scheme_of(uri) in location.SCHEME_TO_CLS_BACKEND_MAP


def _where_it_is(uri: str, backend: str | None, act: Callable[[Any, location.Location], _T]) -> _T:
    if backend:
        store = registry.find(CONF, backend)  # first: one that is brought up only now has locations only now
        return act(store, location.get_location_from_uri_and_backend(uri, backend, conf=CONF))
    failed: Exception | None = None
    elsewhere: Exception | None = None
    missing = False
    for identifier in registry.identifiers(CONF):
        try:
            store = registry.find(CONF, identifier)
            place = location.get_location_from_uri_and_backend(uri, identifier, conf=CONF)
        except exceptions.UnknownScheme:
            continue
        except exceptions.BadStoreUri as error:
            elsewhere = elsewhere or error
            continue
        try:
            return act(store, place)
        except exceptions.NotFound:
            missing = True
        except (exceptions.GlanceStoreException, exceptions.BackendException) as error:
            if isinstance(error.__cause__, InvalidLocation):
                elsewhere = elsewhere or error
            else:
                failed = failed or error
    gone = exceptions.NotFound("Image not found in any configured backend")
    raise failed or (gone if missing else elsewhere) or gone
