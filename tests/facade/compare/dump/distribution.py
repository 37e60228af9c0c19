"""The distribution: its entry points, its extras, the files it installs beside its code."""

from __future__ import annotations

import configparser
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path
from typing import Any


def table() -> dict[str, Any]:
    """What an installer and an operator see of it."""
    ours = distribution("glance_store")
    points = {f"entry point {point.group} {point.name}": {"value": point.value} for point in ours.entry_points}
    extras = {f"extra {name}": {"kind": "extra"} for name in ours.metadata.get_all("Provides-Extra") or ()}
    return points | extras | _etc() | _package_data()


def _etc() -> dict[str, Any]:
    """The files under `etc`, as what they say and not how it is written."""
    listed = [path for path in distribution("glance_store").files or () if "etc" in path.parts and ".." in path.parts]
    return {f"file {path.as_posix().lstrip('./')}": _said(Path(str(path.locate()))) for path in listed}


def _said(path: Path) -> dict[str, Any]:
    parser = configparser.RawConfigParser()
    parser.read(path)
    return {"sections": {name: dict(parser[name]) for name in parser}}


def _package_data() -> dict[str, Any]:
    root = Path(str(files("glance_store")))
    paths = (path for path in root.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc"))
    return {f"file {path.relative_to(root.parent)}": {"kind": "data"} for path in paths}
