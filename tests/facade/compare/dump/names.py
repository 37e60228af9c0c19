"""Every public name of the package and of its modules: what kind of thing it is, how it is called, what it has."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import glance_store

from .values import shown

PRIVATE = {"_CAPABILITIES", "_drivers", "_list_config_opts", "_list_opts", "_load_store"}
"""Private names that Glance, the sample configuration's generator or drivers of others rely on."""
SPECIAL = {"__init__", "__iter__", "__next__", "__len__", "__getitem__", "__getattr__", "__enter__", "__exit__"}
TESTS = "glance_store.tests"
"""Upstream ships its own tests; what is in them is nobody's interface."""


def table() -> dict[str, Any]:
    """The modules, and what is in each."""
    facts: dict[str, Any] = {}
    for name in sorted(_modules()):
        try:
            module = importlib.import_module(name)
        except ImportError as error:
            facts[name] = {"kind": "module", "broken": str(error)}
            continue
        facts[name] = {"kind": "module"}
        if name != TESTS:
            facts |= _members(module)
    return facts


def _modules() -> Iterator[str]:
    yield "glance_store"
    for found in pkgutil.walk_packages(glance_store.__path__, "glance_store."):
        parts = set(found.name.split("."))
        if all(_public(part) for part in parts) and not found.name.startswith(TESTS + "."):
            yield found.name


def _public(name: str) -> bool:
    return not name.startswith("_") or name in PRIVATE


def _members(module: ModuleType) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    imported = _imported(module)
    for name, value in vars(module).items():
        path = f"{module.__name__}.{name}"
        if not _public(name) or (isinstance(value, ModuleType) and value.__name__ == path):
            continue
        foreign = name in imported or not _own(module, value)
        facts[path] = {**_fact(value), "foreign": foreign}
        if inspect.isclass(value) and not foreign:
            facts |= {f"{path}.{member}": fact for member, fact in _class_members(value)}
    return facts


def _imported(module: ModuleType) -> set[str]:
    """The names that the module imports for itself; what a package imports of its own modules is for others to see."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not _own_name(module, node.module or module.__name__):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def _own(module: ModuleType, value: Any) -> bool:
    if isinstance(value, ModuleType):
        return False
    home = value.__module__ if inspect.isclass(value) or inspect.isroutine(value) else module.__name__
    return _own_name(module, str(home))


def _own_name(module: ModuleType, name: str) -> bool:
    return name == module.__name__ or name.startswith(f"{module.__name__}.")


def _fact(value: Any) -> dict[str, Any]:
    if isinstance(value, ModuleType):
        return {"kind": "module"}
    if inspect.isclass(value):
        return {"kind": "class", "bases": [base.__name__ for base in value.__bases__]}
    if inspect.isroutine(value):
        return {"kind": "function", "signature": _signature(value)}
    return {"kind": "value", "value": shown(value)}


def _class_members(cls: type) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is in the class or inherited from another class of the package or of a third one, but not from Python."""
    for name, kind, home, value in inspect.classify_class_attrs(cls):
        if home.__module__ in ("builtins", "enum", "abc", "typing") or not (_public(name) or name in SPECIAL):
            continue
        if kind == "property" or isinstance(value, cached_property):
            yield name, {"kind": "property"}
        elif kind in ("method", "static method", "class method"):
            function = value.__func__ if isinstance(value, staticmethod | classmethod) else value
            yield name, {"kind": kind, "signature": _signature(function)}
        else:
            yield name, {"kind": "value", "value": shown(value)}


def _signature(function: Any) -> list[list[Any]]:
    parameters = inspect.signature(_undecorated(function)).parameters.values()
    return [[p.name, p.kind.name] + ([] if p.default is p.empty else [f"= {shown(p.default)!r}"]) for p in parameters]


def _undecorated(function: Any) -> Any:
    """The function inside of decorators, also of those that do not say what they have wrapped."""
    while True:
        inside = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
        functions = [item for item in inside if isinstance(item, FunctionType)]
        if hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        elif "<locals>" in getattr(function, "__qualname__", "") and len(functions) == 1:
            function = functions[0]
        else:
            return function
