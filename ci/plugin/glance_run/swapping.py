"""The driver under test in the file driver's place.

Tests, and the programs they start, configure stores of the file driver: `enabled_backends = store1:file, …`, or
`default_store = file`. These become stores of the driver under test between the test's configuration and the making of
the stores. Glance's own stores for staging and tasks stay what they are: Glance demands the file driver there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .calls import bound, wrap

_RESERVED = "os_glance_"


def install(library: Any, *, driver: str, scheme: str, options: Mapping[str, Any]) -> None:
    """Have `library` put `driver`, with these options, in the file driver's place.

    Without a scheme, stores that have no identifier stay what they are.
    """

    def register(inner: Any, *arguments: Any, **named: Any) -> Any:
        # First for the file driver: tests go on to set its options, which have to be there for that.
        registered = inner(*arguments, **named)
        conf = bound(inner, arguments, named)["conf"]
        enabled = dict(conf.enabled_backends)
        swapped = [name for name, kind in enabled.items() if kind == "file" and not name.startswith(_RESERVED)]
        if swapped:
            conf.set_override("enabled_backends", enabled | dict.fromkeys(swapped, driver))
            registered = inner(*arguments, **named)
            for store in swapped:
                _set(conf, store)
        return registered

    def create(inner: Any, *arguments: Any, **named: Any) -> Any:
        conf = bound(inner, arguments, named)["conf"]
        if scheme and conf.glance_store.default_store == "file":
            stores = list(conf.glance_store.stores or [])
            conf.set_override("stores", [*stores, *({driver} - set(stores))], group="glance_store")
            conf.set_override("default_store", scheme, group="glance_store")
            _set(conf, "glance_store")
        return inner(*arguments, **named)

    def _set(conf: Any, group: str) -> None:
        for name, value in options.items():
            conf.set_override(name, _filled(value, group), group=group)

    wrap(library, "register_store_opts", register)
    wrap(library, "create_stores", create)


def _filled(value: Any, store: str) -> Any:
    """An option's value, with the store's name and the process's number where it asks for them."""
    if isinstance(value, Mapping):
        return {name: _filled(one, store) for name, one in value.items()}
    if not isinstance(value, str):
        return value
    return value.replace("{store}", store.replace("_", "-")).replace("{process}", str(os.getpid()))
