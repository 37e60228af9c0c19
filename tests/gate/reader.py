"""A driver that only reads, from its start only: the least that a driver can be."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from orlop.capabilities import Capability
from orlop.driver import Blob, Driver
from orlop.drivers.file.blob import FileBlob
from orlop.drivers.file.folder import Folder
from orlop.drivers.file.names import encoded
from orlop.drivers.file.settings import FileSettings
from orlop.errors import InvalidLocation, NotFound, StoreError
from orlop.gate.witnesses.file import FileWitness
from orlop.location import refused_id
from orlop.records import Stat


class ReaderDriver(Driver[FileSettings]):
    settings_type = FileSettings
    schemes = ("reader",)
    capabilities = Capability.READ_ACCESS | Capability.DRIVER_REUSABLE

    def open(self, location: str) -> Blob:
        path = self._path(location)
        with Folder(path.parent) as folder:
            return FileBlob(folder, encoded(path.name))

    def stat(self, location: str) -> Stat:
        return Stat(location, self._path(location).stat().st_size)

    def classify(self, error: BaseException) -> type[StoreError] | None:
        return NotFound if isinstance(error, FileNotFoundError) else None

    def _path(self, location: str) -> Path:
        name = unquote(location.removeprefix("reader://"))
        if not location.startswith("reader://") or refused_id(name) is not None:
            raise InvalidLocation("the form is reader://ID")
        return self.settings.places[0].path / name


class ReaderWitness(FileWitness):
    def __init__(self, driver: Driver[Any]) -> None:
        super().__init__(driver)
        self._folder: Path = driver.settings.places[0].path

    def read(self, location: str) -> bytes | None:
        return super().read(f"{self._folder.as_uri()}/{location.removeprefix('reader://')}")

    def seed(self, image_id: str, data: bytes) -> str:
        (self._folder / image_id).write_bytes(data)
        return f"reader://{quote(image_id, safe='')}"

    def unseed(self, location: str) -> None:
        (self._folder / unquote(location.removeprefix("reader://"))).unlink()
