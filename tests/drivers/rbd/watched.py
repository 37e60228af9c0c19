"""librados and librbd with somebody who hears of each call that changes something, before it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orlop.drivers.rbd.modules import Modules, load_modules

Listener = Callable[[str], Callable[[], object] | None]
"""Hears the name of a function, and may return what is to happen after it."""

_READING = frozenset(
    [
        "get_fsid",
        "conf_get",
        "conf_set",
        "open_ioctx",
        "set_osdmap_full_try",
        "set_namespace",
        "connect",
        "pool_exists",
        "wait_for_latest_osdmap",
        "get_addrs",
        "list_objects",
        "application_list",
        "stat",
        "get_omap_vals",
        "operate_read_op",
        "list",
        "trash_get",
        "trash_list",
        "namespace_exists",
        "version",
        "size",
        "id",
        "features",
        "flags",
        "list_snaps",
        "set_snap",
        "is_protected_snap",
        "watchers_list",
        "list_lockers",
        "group",
        "mirror_image_get_info",
        "metadata_list",
        "metadata_get",
        "get_parent_image_spec",
        "get_snap_timestamp",
        "modify_timestamp",
        "diff_iterate",
        "read",
        "set_omap",
        "remove_omap_keys",
        "mon_command",
    ]
)
_READING_METHODS = frozenset({"get_id", "dir_list", "dir_get_id", "dir_get_name", "trash_list", "metadata_list"})


class _Watched:
    """An object, or a module, of Ceph's; what it returns is watched likewise."""

    def __init__(self, thing: Any, tell: Listener) -> None:
        self._thing = thing
        self._tell = tell

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._thing, name)
        if not callable(value) or (isinstance(value, type) and issubclass(value, BaseException)):
            return value
        if name in {"WriteOpCtx", "ReadOpCtx"}:
            return value

        def call(*args: Any, **keywords: Any) -> Any:
            plain = [_plain(one) for one in args]
            afterwards = self._tell(name) if _changes(name, plain, keywords) else None
            result = _watched(value(*plain, **keywords), self._tell)
            if afterwards is not None:
                afterwards()
            return result

        return call

    def __enter__(self) -> Any:
        self._thing.__enter__()
        return self

    def __exit__(self, *error: object) -> Any:
        return self._thing.__exit__(*error)


def watched_modules(tell: Listener) -> Modules:
    """Ceph's modules; `tell` is called with the name of each changing function before it is called."""
    plain = load_modules()
    return Modules(_Watched(plain.rados, tell), _Watched(plain.rbd, tell))


def _plain(thing: Any) -> Any:
    return thing._thing if isinstance(thing, _Watched) else thing


def _watched(result: Any, tell: Listener) -> Any:
    return _Watched(result, tell) if type(result).__name__ in {"Rados", "Ioctx", "RBD", "Image"} else result


def _changes(name: str, args: list[Any], keywords: dict[str, Any]) -> bool:
    if name == "execute":
        return args[2] not in _READING_METHODS
    if name == "Image":
        return not keywords.get("read_only") and keywords.get("snapshot") is None
    return name not in _READING and not name[0].isupper()
