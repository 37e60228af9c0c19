"""Drivers of glance_store by their entry-point names: ours, and those of any installed package."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from orlop.errors import InvalidSettings
from orlop.lifecycle.tombstones import tombstone
from oslo_config import cfg

from glance_store import exceptions
from glance_store._bridge.any_driver import store_of
from glance_store.driver import Store

LOG = logging.getLogger(__name__)

GROUP = "glance_store.drivers"


@cache
def _points() -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def driver_class(entry: str) -> Any:
    """The class, or the factory, of a driver's stores.

    Raises:
        DriverLoadFailure: there is no such driver, or it cannot be imported.
        BadStoreConfiguration: there is no such driver any more.
    """
    point = _points().get(entry)
    if point is None:
        if gone := tombstone(entry):
            raise exceptions.BadStoreConfiguration(store_name=entry, reason=str(gone))
        if (ours := _of_orlop(entry)) is not None:
            return ours
        names = ", ".join(sorted(name for name in _points() if "." not in name))
        raise exceptions.DriverLoadFailure(f"There is no driver {entry!r}; installed are {names}")
    try:
        return point.load()
    except Exception as error:
        raise exceptions.DriverLoadFailure(f"The driver {entry!r} cannot be imported: {error}") from error


def _of_orlop(name: str) -> Any:
    """The class for a driver of orlop that has no entry point of glance_store's; None when there is none."""
    try:
        return store_of(name)
    except InvalidSettings as error:
        raise exceptions.DriverLoadFailure(str(error)) from error


def new_store(conf: cfg.ConfigOpts, entry: str, backend: str | None = None) -> Store:
    """A store of this driver, not configured yet.

    Raises:
        DriverLoadFailure, BadStoreConfiguration: see `driver_class`.
        Exception: what the driver raises when it is made.
    """
    kind = driver_class(entry)
    store: Store = kind(conf, backend) if backend else kind(conf)
    return store


def driver_options() -> dict[str, list[cfg.Opt]]:
    """The options of every driver that can be imported, by its name; sorted, so that a sample file stays the same."""
    options: dict[str, list[cfg.Opt]] = {}
    seen = []
    # The short names first: the long ones are aliases of old, and nobody names a group in a sample file by them.
    for entry in sorted(_points(), key=lambda name: ("." in name, name)):
        try:
            kind = driver_class(entry)
        except exceptions.DriverLoadFailure as error:
            LOG.warning("%s", error)
            continue
        if kind not in seen:
            seen.append(kind)
            if (declared := getattr(kind, "OPTIONS", None)) is not None:
                options[entry] = list(declared)
    return options
