"""The modules of `orlop` as the tests of this folder see them: parsed, never imported."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "packages/orlop/src"
SKELETON = SOURCE / "orlop/skeleton/package"
"""A package of its own, which new drivers begin with."""


@dataclass(frozen=True)
class Module:
    """One module: its dotted name, file, tree, and the modules it imports anywhere in it."""

    name: str
    path: Path
    tree: ast.Module
    imports: frozenset[str]

    def __str__(self) -> str:
        return self.name

    @property
    def lines(self) -> int:
        return len(self.path.read_text(encoding="utf-8").splitlines())

    def within(self, package: str) -> bool:
        """Whether this is `package` or in it."""
        return self.name == package or self.name.startswith(f"{package}.")


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the distribution `orlop`."""
    files = sorted((SOURCE / "orlop").rglob("*.py"))
    return tuple(_read(path) for path in files if not path.is_relative_to(SKELETON))


@cache
def skeleton() -> tuple[Module, ...]:
    """Every module of the package that new drivers begin with."""
    return tuple(_read(path) for path in sorted(SKELETON.rglob("*.py")))


def ours(module: Module) -> Iterator[str]:
    """The modules of `orlop` that it imports."""
    return (name for name in sorted(module.imports) if name.partition(".")[0] == "orlop")


def foreign(module: Module) -> Iterator[str]:
    """The top-level packages of others that it imports; the standard library is not among them."""
    tops = {name.partition(".")[0] for name in module.imports}
    return iter(sorted(tops - sys.stdlib_module_names - {"orlop"}))


def _read(path: Path) -> Module:
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    parts = path.relative_to(SOURCE).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name, path, tree, frozenset(_imported(tree)))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"line {node.lineno}: a relative import; imports here are absolute"
            yield from (_home(node.module, alias.name) for alias in node.names)


def _home(module: str, name: str) -> str:
    """`from a import b` imports the module `a.b` where there is one, else `a`."""
    path = SOURCE.joinpath(*module.split("."), name)
    return f"{module}.{name}" if path.with_suffix(".py").exists() or path.is_dir() else module
