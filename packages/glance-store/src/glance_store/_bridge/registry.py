"""The configured stores: brought up, registered by scheme and by identifier, and found again.

Single store and multi store are the same here; a store without an identifier is found by the schemes of its locations
alone. What Glance reads are the dictionaries of `glance_store.location`. They hold one store for each identifier; where
several configurations live in one process, each finds its own here.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from orlop.lifecycle.tombstones import tombstone
from orlop.location import without_secrets
from oslo_config import cfg

from glance_store import driver, exceptions, location
from glance_store._bridge.broken import BrokenStore
from glance_store._bridge.loading import new_store
from glance_store.capabilities import BitMasks

LOG = logging.getLogger(__name__)

_LOCK = threading.Lock()
_stores: dict[tuple[int, str], dict[str, Any]] = {}
"""Entries by configuration and identifier. An entry's store holds its configuration, whose id is thus nobody else's."""
_by_scheme: dict[tuple[int, str], dict[str, Any]] = {}
"""The same for stores without an identifier: entries by configuration and scheme."""
_registered_in: tuple[object, object] = (None, None)
"""The dictionaries in which they are registered; with others (tests make them anew) they are no longer there."""
_reserved: dict[int, tuple[cfg.ConfigOpts, dict[str, str]]] = {}


def bring_up(conf: cfg.ConfigOpts, entry: str, backend: str | None = None, *, again: bool = False) -> bool:
    """Make, configure and register a store; whether it works. One that is broken is registered as such, and logged.

    `again`: it was broken before; that it still is has been logged then.

    Raises:
        BackendException: the driver names no schemes.
    """
    called = backend or entry
    schemes: Iterable[str] = ()
    location_class: type[Any] | None = None
    if gone := tombstone(entry):
        schemes = gone.schemes  # whoever still has locations of it is told what became of it
    try:
        store = new_store(conf, entry, backend)
        schemes = tuple(store.get_schemes())
        if schemes:
            location_class = store.get_store_location_class()
            store.configure(re_raise_bsc=False)
            LOG.info("The store %s runs on %s; its locations begin with %s", called, _runs(entry), _shown(schemes))
    except Exception as error:
        reason = "it has no locations" if isinstance(error, NotImplementedError) else str(error) or type(error).__name__
        told = LOG.isEnabledFor(logging.DEBUG)  # the whole traceback only for those who look for a fault in a driver
        level = logging.DEBUG if again else logging.ERROR
        LOG.log(level, "The store %s (driver %s) cannot be used: %s", called, entry, reason, exc_info=told)
        store = BrokenStore(conf, backend, f"The store {called} cannot be used: {reason}")
    if not schemes and not isinstance(store, BrokenStore):
        raise exceptions.BackendException(f"Unable to register store {called}. No schemes associated with it.")
    _register(conf, entry, backend, store, schemes, location_class or store.get_store_location_class())
    return not isinstance(store, BrokenStore)


def _runs(entry: str) -> str:
    """Which code serves a store: for who has two glance_store installed, or thinks so."""
    return f"glance-store {version('glance-store')} with orlop {version('orlop')}, driver {entry}"


def _shown(schemes: Iterable[str]) -> str:
    return " or ".join(f"{scheme}://" for scheme in schemes)


def find_by_scheme(conf: cfg.ConfigOpts, scheme: str) -> Any:
    """The store without an identifier that has this scheme.

    Raises:
        UnknownScheme: there is none.
    """
    entry = _of(conf, location.SCHEME_TO_CLS_MAP.get(scheme), _by_scheme.get((id(conf), scheme)))
    if entry is None:
        raise exceptions.UnknownScheme(scheme=without_secrets(scheme))  # some give the whole location
    if _mended(conf, entry):
        return find_by_scheme(conf, scheme)
    return _ready(entry)


def find(conf: cfg.ConfigOpts, identifier: str | None) -> Any:
    """The store of this identifier.

    Raises:
        UnknownScheme: this configuration has none.
    """
    entry = _entry(conf, identifier) if identifier in identifiers(conf) else None
    if entry is None:
        raise exceptions.UnknownScheme(f"Store for identifier {identifier} not found")
    if _mended(conf, entry, identifier):
        return find(conf, identifier)
    return _ready(entry, identifier)


def identifiers(conf: cfg.ConfigOpts) -> dict[str, str]:
    """The identifiers of a configuration's stores and the names of their drivers, reserved stores too."""
    return {**(conf.enabled_backends or {}), **_reserved.get(id(conf), (conf, {}))[1]}


def reserve(conf: cfg.ConfigOpts, stores: Mapping[str, str] | None) -> None:
    """Add stores to a configuration that its file does not name; its own dictionary stays as it is."""
    if stores:
        _reserved[id(conf)] = (conf, {**_reserved.get(id(conf), (conf, {}))[1], **stores})


def _register(
    conf: cfg.ConfigOpts,
    entry: str,
    backend: str | None,
    store: driver.Store,
    schemes: Iterable[str],
    location_class: type[Any],
) -> None:
    global _registered_in  # noqa: PLW0603 - the registry of the process, as glance_store's interface has it
    known = {"store": store, "location_class": location_class, "store_entry": entry}
    with _LOCK:
        if not _current():
            _stores.clear()
            _by_scheme.clear()
            _registered_in = (location.SCHEME_TO_CLS_MAP, location.SCHEME_TO_CLS_BACKEND_MAP)
        if backend is None:
            _by_scheme.update({(id(conf), scheme): known for scheme in schemes})
            location.register_scheme_map(dict.fromkeys(schemes, known))
            return
        _forget(conf, backend)
        _stores[id(conf), backend] = known
        location.register_scheme_backend_map({scheme: {backend: known} for scheme in schemes})


def _forget(conf: cfg.ConfigOpts, backend: str) -> None:
    """Take away what the identifier was before: brought up again, it may be of another driver, with other schemes."""
    stores = location.SCHEME_TO_CLS_BACKEND_MAP
    for scheme, by_name in list(stores.items()):
        if backend in by_name and getattr(by_name[backend]["store"], "conf", None) is conf:
            del by_name[backend]
            if not by_name:
                del stores[scheme]


def _entry(conf: cfg.ConfigOpts, identifier: str | None) -> dict[str, Any] | None:
    stores = location.SCHEME_TO_CLS_BACKEND_MAP
    shown = next((by_name[identifier] for by_name in stores.values() if identifier in by_name), None)
    return _of(conf, shown, _stores.get((id(conf), str(identifier))))


def _of(conf: cfg.ConfigOpts, shown: dict[str, Any] | None, own: dict[str, Any] | None) -> dict[str, Any] | None:
    """The entry of this configuration, of the one that everybody sees and the one that only we know."""
    if shown is not None and getattr(shown["store"], "conf", conf) is conf:
        return shown
    return (own if _current() else None) or shown


def _current() -> bool:
    return _registered_in[0] is location.SCHEME_TO_CLS_MAP and _registered_in[1] is location.SCHEME_TO_CLS_BACKEND_MAP


def _mended(conf: cfg.ConfigOpts, entry: Mapping[str, Any], backend: str | None = None) -> bool:
    """Try to bring a broken store up again, now and then; whether it works now."""
    store = entry["store"]
    return isinstance(store, BrokenStore) and store.due() and bring_up(conf, entry["store_entry"], backend, again=True)


def _ready(entry: Mapping[str, Any], backend: str | None = None) -> Any:
    """The store of an entry; of a driver of others that is not DRIVER_REUSABLE, a new one."""
    store = entry["store"]
    if store.is_capable(BitMasks.DRIVER_REUSABLE):
        return store
    fresh = new_store(store.conf, entry["store_entry"], backend)
    fresh.configure()
    return fresh
