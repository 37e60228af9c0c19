"""The directories of a file store: which are usable, where a new image goes, and which path a location means."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from orlop.drivers.file.settings import Directory
from orlop.errors import InvalidLocation, StoreFull, Unavailable
from orlop.location import refused_id

_SCHEMES = ("file://", "filesystem://")
_SAFE = "/!$&'()*+,;=:@~"
"""What RFC 3986 allows in a path besides letters, digits, '-', '.' and '_'."""


def location_of(path: Path) -> str:
    """The location of the image in this file."""
    return "file://" + quote(str(path), safe=_SAFE)


def path_of(location: str, places: Sequence[Directory]) -> Path:
    """The file that a location means; it is directly in one of the directories.

    Old databases hold locations that were never escaped, so what stands there is taken unescaped first, then as it is.

    Raises:
        InvalidLocation: it means a file outside of the configured directories, or none at all.
    """
    rest = next((location.removeprefix(scheme) for scheme in _SCHEMES if location.startswith(scheme)), "")
    rest = rest.removeprefix("localhost")
    if not rest.startswith("/"):
        raise InvalidLocation("the form is file:///DIRECTORY/ID")
    for text in dict.fromkeys((unquote(rest, errors="surrogateescape"), rest)):
        folder, _, image_id = text.rpartition("/")
        if refused_id(image_id) or "\0" in folder:
            continue
        if (place := _place_of(Path(folder), places)) is not None:
            return place.path / image_id
    raise InvalidLocation("it is not directly in one of this store's directories")


def _place_of(folder: Path, places: Sequence[Directory]) -> Directory | None:
    if ".." in folder.parts:
        return None
    for place in places:
        if place.path == folder:
            return place
    # The directory may have been written with a symbolic link in it, then or now.
    real = os.path.realpath(folder)
    return next((place for place in places if os.path.realpath(place.path) == real), None)


def require_usable(place: Directory) -> None:
    """See that the directory is what it should be, and not the empty folder under a missing mount.

    Raises:
        Unavailable: its mount point is not mounted, or its marker is missing.
    """
    if place.mount_point is not None and not os.path.ismount(place.mount_point):
        raise Unavailable(f"{place.mount_point} is not mounted; mount it, nothing is written under it")
    if place.marker is not None and not (place.path / place.marker).exists():
        raise Unavailable(f"the marker {place.path / place.marker} is missing; is the right file system mounted there?")


def prepare(place: Directory, mode: int | None, *, durable: bool) -> None:
    """Create the directory where that is allowed, and let those in who may read its images."""
    require_usable(place)
    guarded = place.mount_point is not None or place.marker is not None
    if not place.path.is_dir():
        if guarded:
            raise Unavailable(f"there is no directory {place.path}; create it on the mounted file system")
        _create(place.path, durable=durable)
    if mode is not None:
        # Who may read a file must be able to reach it: search permission for the same classes (path_resolution(7)).
        present = stat.S_IMODE(place.path.stat().st_mode)
        needed = present | (0o010 if mode & 0o040 else 0) | (0o001 if mode & 0o004 else 0)
        if needed != present:
            place.path.chmod(needed)


def _create(path: Path, *, durable: bool) -> None:
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(mode=0o755, parents=True, exist_ok=True)
    if durable:
        for folder in missing:
            sync_folder(folder.parent)


def sync_folder(path: Path) -> None:
    """Bring a directory's entries to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def free_bytes(path: Path) -> int:
    """Bytes that this user can still write there (statvfs(3))."""
    status = os.statvfs(path)
    return status.f_bavail * status.f_frsize


def choose(places: Sequence[Directory], size: int | None, mode: int | None, *, durable: bool) -> Directory:
    """The directory for a new image of `size` bytes, ready to be written to.

    Raises:
        StoreFull: it fits nowhere.
        Unavailable: none of the directories can be used now.
    """
    failures: list[Exception] = []
    fitting: list[tuple[int, int, Directory]] = []
    for place in places:
        try:
            prepare(place, mode, durable=durable)
            free = free_bytes(place.path)
        except (OSError, Unavailable) as error:
            failures.append(error)
            continue
        if free >= max(1, size or 0):
            fitting.append((place.priority, free, place))
        else:
            wanted = f"{size} bytes are wanted" if size else "nothing is free"
            failures.append(StoreFull(f"{wanted}, {free} are free in {place.path}; free space or add a directory"))
    if fitting:
        return max(fitting, key=lambda one: one[:2])[2]
    raise next((one for one in failures if isinstance(one, StoreFull)), failures[0])
