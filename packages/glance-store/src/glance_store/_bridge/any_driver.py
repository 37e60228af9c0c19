"""Drivers of orlop that no entry point of glance_store names, those of third parties: `enabled_backends = mine:NAME`.

They have no options of their own here. All that a store is told stands in `orlop_settings`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from orlop.registry import driver_names, driver_type

from glance_store._bridge.bits import mask
from glance_store._bridge.locations import UriLocation
from glance_store._bridge.orlop_settings import ORLOP_OPTION
from glance_store._bridge.store import Store


class _Plain(Store):
    """A store whose settings are all in `orlop_settings`.

    It has no `url_prefix`: what the locations of one store, and of no other one of its driver, begin with is not known.
    Glance then goes by the store's identifier, which it keeps with each location.
    """

    TABLE = ()
    OPTIONS = (ORLOP_OPTION,)
    LOCATION: type[UriLocation]

    def get_store_location_class(self) -> type[UriLocation]:
        """The class of its locations."""
        return self.LOCATION

    def settings(self) -> dict[str, Any]:
        """What `orlop_settings` says, in the store's group or, without identifiers, in `[glance_store]`."""
        return dict(self.store_conf.orlop_settings or {})


@cache
def store_of(driver: str) -> type[Store] | None:
    """The class of the stores of orlop's driver of this name; None when none is installed.

    Raises:
        InvalidSettings: it is installed, and cannot be imported.
    """
    if driver not in driver_names():
        return None
    kind = driver_type(driver)
    location = type("StoreLocation", (UriLocation,), {"SCHEMES": kind.schemes, "__module__": __name__})
    known = {"DRIVER": driver, "SCHEMES": kind.schemes, "LOCATION": location, "_CAPABILITIES": mask(kind.capabilities)}
    return type("Store", (_Plain,), {**known, "__module__": __name__})
