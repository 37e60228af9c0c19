"""Upstream's glance_store in a virtual environment of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

RELEASE = "5.7.0"


def upstream_python(folder: Path) -> Path:
    """The interpreter of upstream's environment, made and filled from PyPI when it is not there yet."""
    python = folder / "upstream" / "bin" / "python"
    marker = folder / "upstream" / f"glance_store-{RELEASE}"
    if not marker.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / "upstream")], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", f"glance_store=={RELEASE}"], check=True)
        marker.touch()
    return python
