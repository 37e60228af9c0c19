"""Something to be done with a module as soon as it has been imported, whoever imports it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Action = Callable[[Any], None]


def call(name: str, actions: Iterable[Action]) -> None:
    """Call each of `actions` with the module `name` when it is imported."""
    sys.meta_path.insert(0, _Finder(name, list(actions)))


class _Finder(MetaPathFinder):
    """Finds nothing itself: it lets the others find, and has their loader call the actions."""

    def __init__(self, name: str, actions: list[Action]) -> None:
        self._name, self._actions = name, actions

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        found = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next((spec for spec in found if spec is not None), None)
        if spec is not None and spec.loader is not None:
            self._extend(spec.loader)
        return spec

    def _extend(self, loader: Any) -> None:
        load = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            load(module)
            for action in self._actions:
                action(module)

        loader.exec_module = exec_module
