"""The inputs of a driver's job: the files on which its outcome depends, and one digest over them.

They are not written down but found: what the gate's tests of the driver import, the driver and its witness, the facade
with the drivers that Glance's tests use, and the servers that the job starts. Packages of others are not among them;
that is why a result also grows old.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import tomllib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from orlop.lifecycle.carried import RESULT

from ci import drivers, imports, own_gate, tree
from ci.drivers import JobDriver
from ci.environments import ROOT

FIXED = (
    ".ci/install", "packages/glance-store/pyproject.toml", "packages/orlop/pyproject.toml", "pyproject.toml",
    "requirements-dev.txt",
)  # fmt: skip
"""What every job stands on and nothing imports: tools, and the packages of others that are asked for."""
_RUN = ("ci/job.py", "ci/result.py")
_PLUGINS = ("packages/orlop/src/orlop/gate/plugin.py", "packages/orlop/src/orlop/gate/child.py")
_DRIVERS = "ci/drivers.py"
_BESIDE = ("file", "http")
"""What Glance's tests use beside the driver under test: files for staging, web servers for registered locations."""


@dataclass(frozen=True)
class Inputs:
    """The files, and the digest of what was in them."""

    files: tuple[str, ...]
    digest: str


def inputs_of(driver: JobDriver) -> Inputs:
    """The inputs of a driver's job as they are in the working tree, committed or not.

    Raises:
        NoHistory: git cannot tell which files belong to the repository.
    """
    known = tree.names_now()
    files = files_of(driver, known)
    return Inputs(tuple(files), tree.digest(files, tree.files_now(files)))


def files_of(driver: JobDriver, known: Collection[str]) -> list[str]:
    """The files, of all that are in the repository."""
    roots = {*_RUN, *_PLUGINS, *(str(path.relative_to(ROOT)) for path in own_gate.modules(driver.name))}
    for module in _modules(driver):
        roots |= {file} if (file := imports.file_of(module, known)) else set()
    # The file with all jobs' drivers is an input, but the servers of the others are not.
    found = imports.needed(sorted(roots), known, root=ROOT, closed={_DRIVERS})
    more = (*FIXED, "ci/plugin", *driver.inputs)
    found |= {name for name in known if any(name == one or name.startswith(f"{one}/") for one in more)}
    return sorted(name for name in found if PurePosixPath(name).name != RESULT)


def _modules(driver: JobDriver) -> Iterator[str]:
    """The modules that are found by a name and not by an import, or only by an import of `ci/drivers.py`."""
    yield from _entry_points("orlop", "orlop.witnesses", {driver.name})
    yield from _entry_points("orlop", "orlop.drivers", {driver.name})
    yield from _used_by(driver.serve)
    if driver.suites:
        names = {driver.entry or driver.made, *_BESIDE}
        yield "glance_store"
        yield from _entry_points("orlop", "orlop.drivers", names)
        yield from _entry_points("glance-store", "glance_store.drivers", names)


def _entry_points(package: str, group: str, names: set[str]) -> Iterator[str]:
    project = tomllib.loads((ROOT / "packages" / package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    points = project["entry-points"].get(group, {})
    yield from (points[name].partition(":")[0] for name in sorted(names & set(points)))


def _used_by(function: Callable[..., Any], seen: tuple[object, ...] = ()) -> Iterator[str]:
    """The modules that a function needs: its own, and of one in `ci/drivers.py` only those whose names it uses."""
    if isinstance(function, partial):
        yield from _used_by(function.func, seen)
        return
    plain = inspect.unwrap(function)
    if plain.__module__ != drivers.__name__ or not inspect.isfunction(plain):
        yield plain.__module__
        return
    if plain.__name__ != "<lambda>":  # of which there is no source that stands by itself
        yield from imports.names_in(ast.parse(textwrap.dedent(inspect.getsource(plain))))
    for name in _names(plain.__code__):
        used = plain.__globals__.get(name)
        if inspect.ismodule(used):
            yield used.__name__
        elif callable(used) and used not in seen:
            yield from _used_by(used, (*seen, used))


def _names(code: Any) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield from _names(constant)
