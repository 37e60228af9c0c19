"""Copies the package of the `example` driver, under a new driver's names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from orlop.lifecycle.record import record_in
from orlop.skeleton.naming import Names

_NOBODY = "maintainers = []\n"
_DATE = re.compile(r"^date = \d{4}-\d\d-\d\d$", re.MULTILINE)
_LEFT_BY_PYTHON = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who answers for the new driver."""

    name: str
    email: str
    nick: str


def make_package(folder: Path, names: Names, *, keeper: Keeper | None = None, today: date) -> list[Path]:
    """Write the package into `folder`, which is made for it, and return its files.

    Raises:
        InvalidRecord: something of the keeper is missing or wrong; nothing is written then.
        FileExistsError: there is something at `folder`.
    """
    found = [(names.put_into(path), _made(file, path, names, keeper, today)) for path, file in _files(_template())]
    folder.mkdir(parents=True)
    made = []
    for path, text in found:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        if text.startswith("#!"):
            target.chmod(0o755)
        made.append(target)
    return made


def _made(file: Traversable, path: str, names: Names, keeper: Keeper | None, today: date) -> str:
    text = names.put_into(file.read_text(encoding="utf-8"))
    if not path.endswith("/driver.toml"):
        return text
    text = _DATE.sub(f"date = {today.isoformat()}", text)
    if keeper is not None:
        told = (("name", keeper.name), ("email", keeper.email), ("nick", keeper.nick))
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in told]
        head, tail = text.split(_NOBODY)
        text = f"{head}[[maintainers]]\n{''.join(lines)}{tail}"
    record_in(text)
    return text


def _template() -> Traversable:
    return files("orlop.skeleton").joinpath("package")


def _files(folder: Traversable, path: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name not in _LEFT_BY_PYTHON:
            yield from _files(entry, f"{path}{entry.name}/")
        elif entry.is_file():
            yield path + entry.name, entry
