"""Ceph's python modules, which come with Ceph and not from PyPI; imported when a store is opened."""

from __future__ import annotations

import importlib
import sys
from typing import Any, NamedTuple

from orlop.errors import InvalidSettings


class Modules(NamedTuple):
    """The modules `rados` and `rbd`."""

    rados: Any
    rbd: Any


def load_modules() -> Modules:
    """Ceph's modules.

    Raises:
        InvalidSettings: they are not there, or are of another version of Python; it says what to install.
    """
    try:
        return Modules(importlib.import_module("rados"), importlib.import_module("rbd"))
    except ImportError as error:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise InvalidSettings(
            f"the rbd driver needs Ceph's Python modules rados and rbd ({error}). They are not on PyPI: install "
            f"python3-rados and python3-rbd (Debian, Ubuntu, RPM distributions), built for Python {version}, and let a "
            "virtual environment see them, by a link to their two files or by --system-site-packages"
        ) from error
