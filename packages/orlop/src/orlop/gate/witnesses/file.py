"""Looks at the directories of a file store with the plainest of means."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from orlop.driver import Driver
from orlop.drivers.file.names import PUBLISH_LOCK, SCRATCH
from orlop.gate.witness import Witness


class FileWitness(Witness):
    """Every file counts, hidden ones too, except the one lock that a store of several directories keeps."""

    def __init__(self, driver: Driver[Any]) -> None:
        settings = driver.settings
        self._folders = [Path(place.path) for place in settings.directories]
        if not self._folders:
            self._folders = [Path(settings.path)]

    def names(self) -> set[str]:
        """The paths of all files, at any depth."""
        return {
            os.path.join(folder, name)
            for place in self._folders
            for folder, _, names in os.walk(place)
            for name in names
            if name != PUBLISH_LOCK
        }

    def read(self, location: str) -> bytes | None:
        """The bytes of the file that the location names."""
        parts = urlsplit(location)
        try:
            return Path(unquote(parts.path)).read_bytes()
        except FileNotFoundError:
            return None

    def server_version(self) -> str | None:
        """The kernel, which is what serves files."""
        return f"{os.uname().sysname} {os.uname().release}"

    def sweep(self) -> None:
        """Remove the scratch folders."""
        for folder in self._folders:
            if folder.name.startswith(SCRATCH):
                shutil.rmtree(folder, ignore_errors=True)
