"""Every option: as the sample configuration's generator lists it, and as it stands in each group after registering."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from glance_store import backend, multi_backend
from oslo_config import cfg

from .values import shown

DRIVERS = ("file", "http", "swift", "cinder", "rbd", "s3", "vmware")
RESERVED = "os_glance_staging_store"
LISTS = {"glance.store": backend._list_opts, "glance.multi_store": multi_backend._list_config_opts}


def table() -> dict[str, Any]:
    """The lists with their order, each option of them, and the groups that registering makes."""
    return _listed() | _single() | _multiple()


def _listed() -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for namespace, listed in LISTS.items():
        groups = [(str(group), options) for group, options in listed()]
        facts[f"list {namespace}"] = {"groups": [group for group, _ in groups]}
        for position, (_, options) in enumerate(groups):
            facts[f"list {namespace} {position}"] = {"order": [option.name for option in options]}
            facts |= {f"listed {namespace} [{position}] {option.name}": _option(option) for option in options}
    return facts


def _single() -> dict[str, Any]:
    conf = cfg.ConfigOpts()
    backend.register_opts(conf)
    conf([])
    return _registered(conf, ["glance_store"], "single")


def _multiple() -> dict[str, Any]:
    conf = cfg.CONF  # where upstream's stores declare theirs, whatever configuration they are given
    stores = {f"a_{name}": name for name in DRIVERS}
    conf.register_opt(cfg.DictOpt("enabled_backends", default=stores))
    multi_backend.register_store_opts(conf, reserved_stores={RESERVED: "file"})
    conf([])
    groups = ["glance_store", "backend_defaults", RESERVED, *stores]
    early = _registered(conf, groups, "multi")
    # The rest is declared when a store is made. Upstream then also takes every default away; that is not looked at here.
    points = entry_points(group="glance_store.drivers")
    for group, name in {**stores, RESERVED: "file"}.items():
        points[name].load()(conf, group)
    return _registered(conf, groups, "multi") | early


def _registered(conf: Any, groups: list[str], title: str) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for group in groups:
        known = conf._groups[group]._opts if group in conf._groups else {}
        for entry in known.values():
            option = entry["opt"]
            facts[f"{title} [{group}] {option.name}"] = _option(option) | {"value": shown(conf[group][option.dest])}
    return facts


def _option(option: Any) -> dict[str, Any]:
    return {
        "class": type(option).__name__,
        "dest": option.dest,
        "type": _type(option.type),
        "deprecated": [[old.group, old.name] for old in option.deprecated_opts],
        "explained": bool(option.help and option.help.strip()),
        "reason of deprecation": bool(option.deprecated_reason),
    } | {
        name: shown(getattr(option, name))
        for name in [
            "default",
            "required",
            "secret",
            "sample_default",
            "deprecated_for_removal",
            "deprecated_since",
            "metavar",
            "short",
            "multi",
            "positional",
            "advanced",
            "mutable",
        ]
    }


def _type(kind: Any) -> dict[str, Any]:
    facts = {name.lstrip("_"): shown(value) for name, value in sorted(vars(kind).items()) if name != "item_type"}
    for name in ("item_type", "value_type", "key_type"):
        if hasattr(kind, name):
            facts[name] = _type(getattr(kind, name))
    return {"name": type(kind).__name__} | facts
