"""A store that cannot be configured; for tests of how others cope with such a one."""

from __future__ import annotations

from glance_store import driver, exceptions


class Store(driver.Store):
    """Refuses every configuration."""

    def configure(self, re_raise_bsc: bool = False) -> None:
        """Refuse.

        Raises:
            BadStoreConfiguration: always.
        """
        raise exceptions.BadStoreConfiguration(store_name="no_conf", reason="this store is never configured")
