"""Debian's python modules `rados` and `rbd`, made importable in a virtual environment.

PyPI has neither. Debian's are one file each, need nothing else of the system's python, and load in every CPython of
the same minor version; so a link to the two files is enough, and shows the environment nothing else of the system.

`python -m servers.ceph_modules` links them for the python that runs it, and does nothing where they are not installed.
"""

import importlib
import sysconfig
from pathlib import Path

_DEBIAN = Path("/usr/lib/python3/dist-packages")
MODULES = ("rados", "rbd")


def link_modules(venv: Path | None = None) -> bool:
    """Link the modules into a virtual environment, by default the running one; False when they are not installed."""
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    files = [_DEBIAN / f"{module}{suffix}" for module in MODULES]
    if not all(file.exists() for file in files):
        return False
    version = f"python{sysconfig.get_python_version()}"
    site = Path(sysconfig.get_path("platlib")) if venv is None else venv / "lib" / version / "site-packages"
    for file in files:
        link = site / file.name
        if not link.exists():
            link.unlink(missing_ok=True)  # one that leads nowhere
            link.symlink_to(file)
    importlib.invalidate_caches()
    return True


if __name__ == "__main__":
    link_modules()
