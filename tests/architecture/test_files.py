"""Files: explained at their head, short, named after what they are, and all of them in use."""

from __future__ import annotations

import ast
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.architecture.modules import ROOT, SOURCE, Module, modules, skeleton

MOST_LINES = 300
LONGER = {
    "orlop/store.py": "every public operation of a store stands here, each with its contract",
}
"""Files over the limit, each with the reason."""
NO_NAMES = {"utils", "util", "common", "helpers", "helper", "base", "misc", "manager"}
"""They say nothing about what is in a file."""
OF_GLANCE_STORE = ROOT / "packages/glance-store/src/glance_store/common"
"""A name that is part of the interface; nothing else is in there."""


def tracked(pattern: str) -> list[Path]:
    """Files that git knows, or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", pattern]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in sorted(listed.split("\0")) if name and (ROOT / name).is_file()]


def explained() -> list[Path]:
    """Every file but those of tests, whose names say what they test."""
    return [path for path in tracked("*.py") if not path.name.startswith("test_")]


@pytest.mark.parametrize("path", explained(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_says_at_its_head_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text or ast.get_docstring(ast.parse(text)), "the docstring at the head is missing"


@pytest.mark.parametrize("module", modules(), ids=str)
def test_a_file_is_short_or_has_a_reason(module: Module) -> None:
    name = str(module.path.relative_to(SOURCE))
    if name in LONGER:
        assert module.lines > MOST_LINES, f"{name} is short now: take it out of LONGER"
    else:
        assert module.lines <= MOST_LINES, f"{name} has {module.lines} lines: split it, or give a reason in LONGER"


def test_no_reason_is_given_for_a_file_that_is_gone() -> None:
    assert [name for name in LONGER if not (SOURCE / name).is_file()] == []


def test_names_say_what_is_inside() -> None:
    files = [path for path in tracked("*.py") if path.parent != OF_GLANCE_STORE]
    assert [path for path in files if {path.stem, *path.relative_to(ROOT).parts[:-1]} & NO_NAMES] == []
    assert {path.name for path in OF_GLANCE_STORE.glob("*.py")} == {"__init__.py", "utils.py"}


def named() -> set[str]:
    """The modules that are named somewhere: imported, in an entry point, or as a text that is loaded by name."""
    project = tomllib.loads((ROOT / "packages/orlop/pyproject.toml").read_text(encoding="utf-8"))["project"]
    points = [project["scripts"], *project["entry-points"].values()]
    texts = {point for group in points for point in group.values()}
    for module in modules():
        texts |= {
            node.value for node in ast.walk(module.tree) if isinstance(node, ast.Constant) and type(node.value) is str
        }
    imported = {name for module in (*modules(), *skeleton()) for name in module.imports}
    return imported | {text.partition(":")[0] for text in texts}


def test_every_module_is_used() -> None:
    used = named()
    single = [module for module in modules() if module.path.name not in {"__init__.py", "__main__.py"}]
    # A package's modules may also be loaded by name: f"orlop.cli.{command}"
    unused = [one.name for one in single if not {one.name, f"{one.name.rpartition('.')[0]}."} & used]
    assert unused == []
