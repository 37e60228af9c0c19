"""The file driver: images are files in directories of a mounted file system."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orlop.capabilities import Capability
from orlop.driver import Blob, Driver, Upload
from orlop.drivers.file import faults
from orlop.drivers.file.blob import FileBlob
from orlop.drivers.file.inspection import inspect
from orlop.drivers.file.keeping import kept_digests, sidecar_of
from orlop.drivers.file.mounts import mount_of, read_mounts
from orlop.drivers.file.names import SIDECAR
from orlop.drivers.file.places import choose, location_of, path_of, require_usable, sync_folder
from orlop.drivers.file.settings import FileSettings
from orlop.drivers.file.staging import leftovers_in, remove_leftover
from orlop.drivers.file.upload import FileUpload
from orlop.errors import AlreadyExists, InvalidLocation, NotFound, StoreError
from orlop.records import Finding, Leftover, Space, Stat


class FileDriver(Driver[FileSettings]):
    """Keeps each image in a file named by its id."""

    settings_type = FileSettings
    schemes = ("file", "filesystem")
    capabilities = (
        Capability.READ_ACCESS
        | Capability.READ_RANDOM
        | Capability.WRITE_ACCESS
        | Capability.DRIVER_REUSABLE
        | Capability.DELETE
        | Capability.SPARSE
        | Capability.ATOMIC
        | Capability.LIST
        | Capability.COPY
        | Capability.SPACE
        | Capability.DIGESTS
    )

    def __init__(self, settings: FileSettings) -> None:
        super().__init__(settings)
        self._places = settings.places
        self._mounts = read_mounts(settings.metadata_file)
        if not settings.sparse:
            self.capabilities &= ~Capability.SPARSE
        if settings.digests == "none":
            self.capabilities &= ~Capability.DIGESTS

    def classify(self, error: BaseException) -> type[StoreError] | None:
        return faults.meaning(error)

    def open(self, location: str) -> Blob:
        path = path_of(location, self._places)
        try:
            return FileBlob(path, self.settings.block_size)
        except FileNotFoundError:
            raise self._absent() from None

    def stat(self, location: str) -> Stat:
        path = path_of(location, self._places)
        try:
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode):
                raise InvalidLocation("this is no regular file")
            return _stat(path, status)
        except FileNotFoundError:
            raise self._absent() from None

    def upload(self, image_id: str, size: int | None) -> Upload:
        mode = None if self.settings.mode is None else int(self.settings.mode, 8)
        place = choose(self._places, size, mode, durable=self.settings.fsync)
        if self._find(image_id) is not None:
            raise AlreadyExists("there is an image of this id")
        return FileUpload(self.settings, place, image_id)

    def delete(self, location: str) -> None:
        path = path_of(location, self._places)
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                raise InvalidLocation("this is no regular file")
            sidecar_of(path).unlink(missing_ok=True)
            path.unlink()
        except FileNotFoundError:
            raise self._absent() from None
        if self.settings.fsync:
            sync_folder(path.parent)

    def locate(self, image_id: str) -> str:
        path = self._find(image_id)
        if path is None:
            raise self._absent()
        return location_of(path)

    def list(self) -> Iterator[Stat]:
        for place in self._places:
            require_usable(place)
            try:
                names = sorted(entry.name for entry in os.scandir(place.path) if _is_image(entry))
            except FileNotFoundError:
                continue  # nothing has been stored yet
            for name in names:
                path = place.path / name
                try:
                    yield _stat(path, path.lstat())
                except FileNotFoundError:
                    continue  # deleted meanwhile

    def metadata(self, location: str) -> Mapping[str, Any]:
        return mount_of(path_of(location, self._places), self._mounts)

    def space(self) -> Space:
        systems = {}
        for place in self._places:
            require_usable(place)
            if place.path.is_dir():
                systems[place.path.stat().st_dev] = os.statvfs(place.path)
        total = sum(one.f_blocks * one.f_frsize for one in systems.values())
        unused = sum(one.f_bfree * one.f_frsize for one in systems.values())
        free = sum(one.f_bavail * one.f_frsize for one in systems.values())
        return Space(total, total - unused, free)

    def check(self) -> Sequence[Finding]:
        return inspect(self.settings)

    def leftovers(self) -> Iterator[Leftover]:
        for place in self._places:
            require_usable(place)
            yield from leftovers_in(place.path)
            for sidecar in sorted(place.path.glob(f"{SIDECAR}*")):
                image_id = sidecar.name.removeprefix(SIDECAR)
                if not os.path.lexists(sidecar.with_name(image_id)):
                    yield Leftover(str(sidecar), sidecar.lstat().st_blocks * 512, image_id)

    def clean(self, leftover: Leftover) -> None:
        path = Path(leftover.place)
        if path.parent not in {place.path for place in self._places}:
            raise InvalidLocation("it is not directly in one of this store's directories")
        if not path.name.startswith(SIDECAR):
            remove_leftover(path)
        elif not os.path.lexists(path.with_name(path.name.removeprefix(SIDECAR))):
            path.unlink(missing_ok=True)

    def _find(self, image_id: str) -> Path | None:
        candidates = (place.path / image_id for place in self._places)
        return next((path for path in candidates if os.path.lexists(path)), None)

    def _absent(self) -> StoreError:
        """Why an image is not there: because nothing is, or because a directory is not mounted."""
        for place in self._places:
            require_usable(place)
        return NotFound("there is no such image")


def _is_image(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)


def _stat(path: Path, status: os.stat_result) -> Stat:
    return Stat(
        location=location_of(path),
        size=status.st_size,
        image_id=path.name,
        digests=kept_digests(path),
        modified=datetime.fromtimestamp(status.st_mtime, UTC),
        allocated=status.st_blocks * 512,
    )
