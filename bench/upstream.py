"""Upstream's glance_store in a virtual environment of its own."""

from __future__ import annotations

from pathlib import Path

from servers.venvs import environment

RELEASE = "5.7.0"


def upstream_python() -> Path:
    """The interpreter of upstream's environment."""
    return environment("upstream", [f"glance_store=={RELEASE}"]) / "bin" / "python"
