"""The gate against a configured, live store, in a scratch place of its own."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from orlop.gate.live_place import Place
from orlop.registry import driver_type
from orlop.settings import StoreSettings

_SUITE = Path(__file__).with_name("live_suite.py")
_PLUGINS = ("orlop-gate", "timeout")


def run_gate(
    store_name: str,
    settings: StoreSettings,
    *,
    json: str | os.PathLike[str] | None = None,
    junit: str | os.PathLike[str] | None = None,
    html: str | os.PathLike[str] | None = None,
    cases: str = "",
    settle: float = 0.0,
    arguments: Sequence[str] = (),
) -> int:
    """Prove that this store does what it claims, and print the table.

    Everything happens in `settings.scratch(...)`, a place of its own that is removed again, also after Ctrl-C.

    Args:
        store_name: the name of the store in the configuration.
        settings: its settings.
        json: where to write the JSON report.
        junit: where to write the report in JUnit's XML.
        html: where to write the report as one HTML file, for people.
        cases: only those, as `pytest -k` takes them; the store is not proved then.
        settle: seconds that the backend may take until everybody sees a change.
        arguments: more arguments for pytest.

    Returns:
        0: all cases that ran have passed. 1: some have not. 2: interrupted. Others: as pytest has them.

    Raises:
        Unsupported: the driver has no scratch place, or the place is not empty.
        InvalidSettings: the driver cannot be loaded.

    """
    driver = driver_type(settings.driver)(settings.scratch(f"orlop-gate-{uuid.uuid4().hex[:12]}"))
    place = Place(store_name, driver, settle)
    try:
        with tempfile.TemporaryDirectory(prefix="orlop-gate-") as folder:
            reports = {"--gate-json": json, "--gate-html": html, "--junitxml": junit}
            options = _options(Path(folder), reports, cases)
            return int(pytest.main([str(_SUITE), *options, *arguments], plugins=[place]))
    finally:
        place.clear()


def _options(folder: Path, reports: Mapping[str, str | os.PathLike[str] | None], cases: str) -> list[str]:
    """Options for a run that takes nothing from the caller's folder and its configuration."""
    empty = folder / "pytest.ini"
    empty.write_text("[pytest]\n")
    options = ["-c", str(empty), "--rootdir", str(folder), "--import-mode", "importlib", "-q", "--tb", "short"]
    options += ["-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    for plugin in _PLUGINS:
        options += ["-p", plugin]
    for option, path in reports.items():
        options += [option, os.fspath(Path(path).absolute())] if path else []
    options += ["-k", cases] if cases else []
    return options
