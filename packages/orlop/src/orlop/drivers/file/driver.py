"""The file driver: images are files in directories of a mounted file system."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from orlop.capabilities import Capability
from orlop.driver import Blob, Driver, Upload
from orlop.drivers.file import faults
from orlop.drivers.file.blob import NO_IMAGE, FileBlob
from orlop.drivers.file.deleting import delete
from orlop.drivers.file.folder import Folder
from orlop.drivers.file.folders import each_of, opened
from orlop.drivers.file.guards import require_usable, usable
from orlop.drivers.file.identity import identity_of
from orlop.drivers.file.inspection import inspect
from orlop.drivers.file.keeping import kept_digests
from orlop.drivers.file.leftovers import leftover_of, remove_leftover
from orlop.drivers.file.locating import file_of, location_of
from orlop.drivers.file.mounts import mount_of, read_mounts
from orlop.drivers.file.names import decoded, encoded, on_disk
from orlop.drivers.file.places import ranked, refusal, statistics_of
from orlop.drivers.file.settings import Directory, FileSettings
from orlop.drivers.file.spelling import has_exactly
from orlop.drivers.file.upload import FileUpload
from orlop.errors import AlreadyExists, InvalidLocation, NotFound, StoreError, Unavailable, Unsupported
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
        with self._image(location) as (folder, name):
            return FileBlob(folder, name)

    def stat(self, location: str) -> Stat:
        with self._image(location) as (folder, name):
            _require_regular(folder, name)
            return _stat(folder, name)

    def upload(self, image_id: str, size: int | None) -> Upload:
        if self._find(image_id) is not None:
            raise AlreadyExists("there is an image of this id")
        places, failures = ranked(self.settings, size)
        for place in places:
            try:
                return FileUpload(self.settings, place, image_id)
            except (OSError, Unavailable) as error:  # read-only, no inodes left, ...: the next one may do
                failures.append(error)
        raise refusal(failures)

    def identify(self, location: str) -> str:
        with self._image(location) as (folder, name):
            _require_regular(folder, name)
            return identity_of(folder, name)

    def delete(self, location: str, identity: str) -> None:
        with self._named(location) as (folder, name):
            try:
                delete(folder, name, identity)
            except FileNotFoundError:
                # An earlier try may have removed it, and failed to bring that to the disk.
                self._sync(folder)
                raise
            self._sync(folder)

    def locate(self, image_id: str) -> str:
        place = self._find(image_id)
        if place is None:
            for one in self._places:
                require_usable(one)  # it may be in one that is not mounted
            raise NotFound("there is no such image")
        return location_of(place.path, encoded(image_id))

    def list(self) -> Iterator[Stat]:
        for place in self._places:
            yield from each_of(place, _image_in)

    def metadata(self, location: str) -> Mapping[str, Any]:
        place, name = file_of(location, self._places)
        return mount_of(place.path / decoded(name), self._mounts)

    def space(self) -> Space:
        systems: dict[int, os.statvfs_result] = {}
        for place in self._places:
            require_usable(place)
            folder = next(one for one in (place.path, *place.path.parents) if on_disk(one).exists())
            found = statistics_of(folder)
            if found is None:
                raise Unsupported(f"the file system of {place.path} does not say how much room it has")
            systems[on_disk(folder).stat().st_dev] = found
        total = sum(one.f_blocks * one.f_frsize for one in systems.values())
        unused = sum(one.f_bfree * one.f_frsize for one in systems.values())
        free = sum(one.f_bavail * one.f_frsize for one in systems.values())
        return Space(total, total - unused, free)

    def check(self) -> Sequence[Finding]:
        return inspect(self.settings)

    def leftovers(self) -> Iterator[Leftover]:
        for place in self._places:
            yield from each_of(place, leftover_of)

    def clean(self, leftover: Leftover) -> None:
        path, _, name = leftover.place.rpartition("/")
        place = next((place for place in self._places if str(place.path) == path), None)
        if place is None:
            raise InvalidLocation("it is not directly in one of this store's directories")
        with opened(place) as folder:
            if folder is not None:
                remove_leftover(folder, encoded(name))

    def _find(self, image_id: str) -> Directory | None:
        for place in self._places:
            if not usable(place):
                continue
            with opened(place) as folder:
                if folder is not None and has_exactly(folder, encoded(image_id)):
                    return place
        return None

    def _sync(self, folder: Folder) -> None:
        if self.settings.fsync:
            folder.sync()

    @contextmanager
    def _image(self, location: str) -> Iterator[tuple[Folder, bytes]]:
        """The directory and the name of an image that is there."""
        with self._named(location) as (folder, name):
            if not has_exactly(folder, name):
                raise NotFound("there is no such image")
            yield folder, name

    @contextmanager
    def _named(self, location: str) -> Iterator[tuple[Folder, bytes]]:
        """The directory and the name of an image; that it is missing means NotFound, unless its directory is."""
        place, name = file_of(location, self._places)
        with opened(place) as folder:
            if folder is None:
                raise NotFound("there is no such image")
            try:
                yield folder, name
            except (FileNotFoundError, NotFound) as error:
                require_usable(place)
                folder.require_current()
                raise NotFound("there is no such image") from (error if isinstance(error, OSError) else None)


def _require_regular(folder: Folder, name: bytes) -> None:
    if not stat.S_ISREG(folder.status(name).st_mode):
        raise InvalidLocation(NO_IMAGE)


def _image_in(place: Directory, folder: Folder, name: bytes) -> Stat | None:
    """The image of this name; None when it is none, or was deleted meanwhile."""
    if name.startswith(b".") or encoded(place.marker_file or "") == encoded(place.path) + b"/" + name:
        return None
    try:
        return _stat(folder, name) if stat.S_ISREG(folder.status(name).st_mode) else None
    except FileNotFoundError:
        return None


def _stat(folder: Folder, name: bytes) -> Stat:
    status, digests = kept_digests(folder, name)
    image_id = decoded(name)
    return Stat(
        location=location_of(folder.path, name),
        size=status.st_size,
        image_id=None if refused_id(image_id) else image_id,  # a name that no `put` can have made
        digests=digests,
        modified=datetime.fromtimestamp(status.st_mtime, UTC),
        allocated=status.st_blocks * 512,
    )
