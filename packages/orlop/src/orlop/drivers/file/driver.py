"""The file driver: images are files in directories of a mounted file system."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orlop.capabilities import Capability
from orlop.driver import Blob, Driver, Upload
from orlop.drivers.file import faults
from orlop.drivers.file.blob import NO_IMAGE, FileBlob
from orlop.drivers.file.guards import is_there, require_usable, usable
from orlop.drivers.file.inspection import inspect
from orlop.drivers.file.keeping import kept_digests, sidecar_aside
from orlop.drivers.file.leftovers import leftovers_in, remove_leftover
from orlop.drivers.file.locating import file_of, location_of
from orlop.drivers.file.mounts import mount_of, read_mounts
from orlop.drivers.file.places import ranked, refusal, sync_folder
from orlop.drivers.file.settings import Directory, FileSettings
from orlop.drivers.file.upload import FileUpload
from orlop.errors import AlreadyExists, InvalidLocation, NotFound, StoreError
from orlop.location import refused_id
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
        with self._image(location) as path:
            return FileBlob(path)

    def stat(self, location: str) -> Stat:
        with self._image(location) as path:
            return _stat(path, _regular(path))

    def upload(self, image_id: str, size: int | None) -> Upload:
        if self._find(image_id) is not None:
            raise AlreadyExists("there is an image of this id")
        places, failures = ranked(self.settings, size)
        for place in places:
            try:
                return FileUpload(self.settings, place, image_id)
            except OSError as error:  # read-only, no inodes left, ...: the next one may do
                failures.append(error)
        raise refusal(failures)

    def identify(self, location: str) -> str:
        with self._image(location) as path:
            return _identity_of(_regular(path))

    def delete(self, location: str, identity: str) -> None:
        with self._image(location) as path:
            try:
                if _identity_of(_regular(path)) != identity:
                    raise NotFound("the image is gone; there is another one of its id now")
                with sidecar_aside(path):
                    path.unlink()
            except FileNotFoundError:
                # An earlier try may have removed it, and failed to bring that to the disk.
                self._sync(path.parent)
                raise
        self._sync(path.parent)

    def locate(self, image_id: str) -> str:
        path = self._find(image_id)
        if path is None:
            for place in self._places:
                require_usable(place)  # it may be in one that is not mounted
            raise NotFound("there is no such image")
        return location_of(path)

    def list(self) -> Iterator[Stat]:
        for place in self._places:
            require_usable(place)
            for name in _images_in(place):
                path = place.path / name
                try:
                    yield _stat(path, path.lstat())
                except FileNotFoundError:
                    continue  # deleted meanwhile

    def metadata(self, location: str) -> Mapping[str, Any]:
        _, path = file_of(location, self._places)
        return mount_of(path, self._mounts)

    def space(self) -> Space:
        systems = {}
        for place in self._places:
            require_usable(place)
            folder = next(folder for folder in (place.path, *place.path.parents) if folder.exists())
            systems[folder.stat().st_dev] = os.statvfs(folder)
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

    def clean(self, leftover: Leftover) -> None:
        path = Path(leftover.place)
        place = next((place for place in self._places if place.path == path.parent), None)
        if place is None:
            raise InvalidLocation("it is not directly in one of this store's directories")
        require_usable(place)
        remove_leftover(path)

    def _find(self, image_id: str) -> Path | None:
        candidates = (place.path / image_id for place in self._places if usable(place))
        return next((path for path in candidates if is_there(path)), None)

    def _sync(self, folder: Path) -> None:
        if self.settings.fsync:
            sync_folder(folder)

    @contextmanager
    def _image(self, location: str) -> Iterator[Path]:
        """The file of an image; that it is missing means NotFound, unless its whole directory is."""
        place, path = file_of(location, self._places)
        require_usable(place)
        try:
            yield path
        except FileNotFoundError as error:
            require_usable(place)
            raise NotFound("there is no such image") from error


def _regular(path: Path) -> os.stat_result:
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise InvalidLocation(NO_IMAGE)
    return status


def _identity_of(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino}:{status.st_mtime_ns}"


def _images_in(place: Directory) -> Sequence[str]:
    try:
        with os.scandir(place.path) as entries:
            names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    except FileNotFoundError:
        return []  # nothing has been stored yet
    return sorted(name for name in names if not refused_id(name) and place.path / name != place.marker_file)


def _stat(path: Path, status: os.stat_result) -> Stat:
    return Stat(
        location=location_of(path),
        size=status.st_size,
        image_id=path.name,
        digests=kept_digests(path),
        modified=datetime.fromtimestamp(status.st_mtime, UTC),
        allocated=status.st_blocks * 512,
    )
