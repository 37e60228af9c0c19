"""A library with the functions of glance_store that the plugin goes by, and a configuration with groups."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any


class Conf:
    """Groups by attribute and by name; an option can be set only once it is registered."""

    def __init__(self, enabled: Mapping[str, str]) -> None:
        self.enabled_backends = dict(enabled)
        self.glance_store = SimpleNamespace(stores=["file", "http"], default_store="file")
        self._groups: dict[str, SimpleNamespace] = {"glance_store": self.glance_store}

    def __getitem__(self, group: str) -> Any:
        return self._groups[group]

    def register(self, group: str, option: str) -> None:
        vars(self._groups.setdefault(group, SimpleNamespace())).setdefault(option, None)

    def set_override(self, name: str, value: Any, group: str | None = None) -> None:
        place = self if group is None else self._groups[group]
        assert hasattr(place, name), f"{group}.{name} is not registered"
        setattr(place, name, value)


OPTIONS = {"file": "filesystem_store_datadir", "swift": "swift_store_container", "http": "http_proxy"}


class Library:
    """Keeps what it is called with."""

    def __init__(self, conf: Conf) -> None:
        self.conf = conf
        self.images: dict[str, str] = {}
        self.made: list[dict[str, str]] = []

        def register_store_opts(conf: Conf, reserved_stores: Mapping[str, str] | None = None) -> None:
            conf.enabled_backends.update(reserved_stores or {})
            for store, kind in conf.enabled_backends.items():
                conf.register(store, OPTIONS[kind])

        def create_multi_stores(conf: Conf = conf, reserved_stores: Mapping[str, str] | None = None) -> int:
            self.made.append(copy.copy(conf.enabled_backends))
            return len(conf.enabled_backends)

        def create_stores(conf: Conf = conf) -> int:
            self.made.append(dict.fromkeys(conf.glance_store.stores, conf.glance_store.default_store))
            return 2

        def add_with_multihash(
            conf: Conf, image_id: str, data: bytes, size: int, backend: str, hashing_algo: str, context: Any = None
        ) -> tuple[str, int]:
            uri = f"fake://{backend}/{len(self.images)}"
            self.images[uri] = image_id
            return uri, size

        def delete(uri: str, backend: str, context: Any = None) -> None:
            del self.images[uri]

        self.register_store_opts = register_store_opts
        self.create_multi_stores = create_multi_stores
        self.create_stores = create_stores
        self.add_with_multihash = add_with_multihash
        self.delete = delete

    def configured_as_by_a_test(self, folder: Path) -> None:
        """What Glance's tests do: register, set the file driver's folders, create."""
        reserved = {"os_glance_staging_store": "file"}
        self.register_store_opts(self.conf, reserved_stores=reserved)
        for store in self.conf.enabled_backends:
            self.conf.set_override("filesystem_store_datadir", str(folder / store), group=store)
        self.create_multi_stores(self.conf, reserved_stores=reserved)
