"""Looks at the backend by another way than the driver does, so that the gate need not believe the driver."""

from __future__ import annotations

import shutil
from urllib.parse import unquote

from orlop.gate import Witness

from orlop_example.driver import ExampleDriver


class ExampleWitness(Witness):
    """Lists and reads the folder with the plainest means.

    TODO: your backend's own command line, or another client library.
    """

    def __init__(self, driver: ExampleDriver) -> None:
        self._root = driver.settings.root

    def names(self) -> set[str]:
        """Everything that is in the store's place, leftovers too."""
        return {str(path) for path in self._root.rglob("*")}

    def read(self, location: str) -> bytes | None:
        """The bytes of an image; None when there is none."""
        try:
            return (self._root / unquote(location.partition("://")[2])).read_bytes()
        except FileNotFoundError:
            return None

    def server_version(self) -> str | None:
        """The version of the backend's server, for the reports."""
        return None  # TODO: ask it

    def sweep(self) -> None:
        """Remove the scratch place of `orlop gate`."""
        shutil.rmtree(self._root, ignore_errors=True)
