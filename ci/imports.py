"""Which files of this repository a module needs: those it imports, what these import, and the data beside them.

The modules are parsed and not imported. An import counts wherever it stands, in a function too; so does a text that is
the name of a module, as in `python -m`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from pathlib import Path, PurePosixPath

SOURCES = {
    "orlop": "packages/orlop/src",
    "glance_store": "packages/glance-store/src",
    "ci": "",
    "servers": "",
    "tests": "",
}
"""Our top-level packages, and the folder that each is in."""
_NAME = re.compile(rf"({'|'.join(SOURCES)})(\.\w+)+")
_NOT_DATA = {".py", ".md"}


def file_of(module: str, known: Collection[str]) -> str | None:
    """The file of one of our modules; None when it is none, or only a folder."""
    top = module.partition(".")[0]
    if top not in SOURCES:
        return None
    path = PurePosixPath(SOURCES[top], *module.split("."))
    return next((name for name in (f"{path}.py", f"{path}/__init__.py") if name in known), None)


def needed(files: Iterable[str], known: Collection[str], *, root: Path, closed: Collection[str] = ()) -> set[str]:
    """These files and all that they need; of those that are `closed`, what they import is not followed."""
    known = set(known)
    found: set[str] = set()
    waiting = list(files)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting += _around(name, known)
        if name not in closed:
            modules = imported(root / name)
            waiting += [file for module in modules if (file := file_of(module, known)) is not None]
    return found | {name for name in known if _is_data(name) and _folder(name) in {_folder(one) for one in found}}


@cache
def imported(path: Path) -> frozenset[str]:
    """The modules that a file names; of `from a import b` both `a` and `a.b`, of which one may not be there."""
    return frozenset(names_in(ast.parse(path.read_text(encoding="utf-8"), str(path))))


def names_in(tree: ast.AST) -> Iterator[str]:
    """The modules that are named in a piece of code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _NAME.match(node.value):
            yield node.value.partition(":")[0]


def _around(name: str, known: set[str]) -> Iterator[str]:
    """What is run before a file: the packages that it is in, and pytest's conftest.py beside them."""
    for folder in PurePosixPath(name).parents:
        for beside in ("__init__.py", "conftest.py") if name.startswith("tests/") else ("__init__.py",):
            if (file := str(folder / beside)) in known:
                yield file


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _is_data(name: str) -> bool:
    return PurePosixPath(name).suffix not in _NOT_DATA and _folder(name) != ""
