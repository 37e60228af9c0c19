"""The modules of `glance_store`: layers, what they may import, and how long they are."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.modules import ROOT
from tests.architecture.test_files import MOST_LINES

SOURCE = ROOT / "packages/glance-store/src/glance_store"
LAYERS = (
    {"__init__"},
    {"multi_backend"},
    {"backend"},
    {"_bridge.registry"},
    {"_bridge.broken", "_bridge.loading"},
    {"_bridge.any_driver"},
    {"_drivers"},
    {"_bridge.s3_options", "_bridge.swift_options"},
    {"_bridge.unbuilt"},
    {"_bridge.store"},
    {"_bridge.file_options", "_bridge.locations", "_bridge.orlop_settings", "_bridge.reading"},
    {"_bridge.prefixes"},
    {"driver", "location", "_bridge.bits", "_bridge.errors", "_bridge.gone", "_bridge.own_stores", "_bridge.scrutiny"},
    {"capabilities", "_bridge.options"},
    {
        "exceptions",
        "i18n",
        "common.utils",
        "common",
        "_bridge",
        "_bridge.quiet_glance",
        "_bridge.swift_accounts",
        "_bridge.swift_prefixes",
    },
)
"""Highest first: a module imports from layers below its own; `_drivers` is each of them, and none imports another."""
FOREIGN = {"annotated_types", "orlop", "oslo_concurrency", "oslo_config", "oslo_i18n", "oslo_utils", "pydantic"}
LONGER = {
    "backend.py": "the functions of glance_store's module of this name, each with its contract",
}
"""Files over the limit, each with the reason."""
FILES = sorted(SOURCE.rglob("*.py"))


@cache
def imports(path: Path) -> frozenset[str]:
    """The modules that a file imports anywhere, by their full names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, "a relative import; imports here are absolute"
            package = SOURCE.parent.joinpath(*node.module.split("."))
            for alias in node.names:
                inside = (package / alias.name).with_suffix(".py").exists() or (package / alias.name).is_dir()
                found.add(f"{node.module}.{alias.name}" if inside else node.module)
    return frozenset(found)


def name_of(path: Path) -> str:
    """The module's name within `glance_store`."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def height(name: str) -> int:
    """How high a module stands; the drivers stand side by side."""
    place = "_drivers" if name.startswith("_drivers") else name
    return next(len(LAYERS) - level for level, layer in enumerate(LAYERS) if place in layer)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_go_downwards_only(path: Path) -> None:
    own = {name.removeprefix("glance_store.") for name in imports(path) if name.startswith("glance_store.")}
    assert [name for name in sorted(own) if height(name) >= height(name_of(path))] == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_only_what_the_distribution_depends_on_is_imported(path: Path) -> None:
    tops = {name.partition(".")[0] for name in imports(path)}
    assert tops - sys.stdlib_module_names - {"glance_store"} <= FOREIGN


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_is_short_or_has_a_reason(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert (lines > MOST_LINES) is (str(path.relative_to(SOURCE)) in LONGER), f"{lines} lines"


def test_the_map_names_no_module_that_is_gone() -> None:
    assert set().union(*LAYERS) - {"_drivers"} <= {name_of(path) for path in FILES}
