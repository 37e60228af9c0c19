"""The directories of a file store: made ready, and ranked for a new image."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from math import inf
from pathlib import Path

from orlop.drivers.file import faults
from orlop.drivers.file.folder import Folder
from orlop.drivers.file.guards import require_usable
from orlop.drivers.file.names import on_disk
from orlop.drivers.file.settings import Directory, FileSettings
from orlop.errors import PermissionDenied, StoreError, StoreFull

_NO_STATISTICS = frozenset({errno.ENOSYS, errno.EOPNOTSUPP})


def ranked(settings: FileSettings, size: int | None) -> tuple[list[Directory], list[Exception]]:
    """The directories for a new image of `size` bytes, best first, and why the others are not among them.

    Where it fits comes first, by priority and then by free space. Of a sparse image nobody knows beforehand how much it
    takes, so that a store that leaves holes also tries where something is free, most first.
    """
    failures: list[Exception] = []
    fitting: list[tuple[float, float, Directory]] = []
    tight: list[tuple[float, float, Directory]] = []
    for place in settings.places:
        try:
            prepare(place, settings.permissions, durable=settings.fsync)
            free = _room(place.path)
        except (OSError, StoreError) as error:
            failures.append(error)
            continue
        if free >= max(1, size or 0):
            fitting.append((place.priority, free, place))
        elif settings.sparse and free:
            tight.append((free, place.priority, place))
        else:
            wanted = f"{size} bytes are wanted" if size else "a place is wanted"
            failures.append(StoreFull(f"{wanted}, {free} are free in {place.path}; free space or add a directory"))
    order = [*sorted(fitting, key=lambda one: one[:2], reverse=True)]
    order += sorted(tight, key=lambda one: one[:2], reverse=True)
    return [place for _, _, place in order], failures


def refusal(failures: Sequence[Exception]) -> Exception:
    """One error for all directories: of the kind of the first, but "full" when one of them is."""
    if len(failures) == 1:
        return failures[0]
    kinds = [type(one) if isinstance(one, StoreError) else faults.meaning(one) for one in failures]
    kind = StoreFull if StoreFull in kinds else kinds[0] or StoreError
    error = kind("; ".join(_text(one) for one in failures))
    error.__cause__ = failures[0]
    return error


def _text(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return error.reason if isinstance(error, StoreError) else str(error)


def prepare(place: Directory, mode: int | None, *, durable: bool) -> None:
    """Create the directory where that is allowed, and let those in who may read its images."""
    require_usable(place)
    path = on_disk(place.path)
    if not path.is_dir():
        _create(place.path, durable=durable)
    lacking = lacking_search(place.path, mode)
    if not lacking:
        return
    try:
        path.chmod(stat.S_IMODE(path.stat().st_mode) | lacking)
    except PermissionError as error:
        raise PermissionDenied(
            f"{place.path} belongs to someone else and does not let in those who may read images of mode {mode:04o}; "
            f"run 'chmod {_symbolic(lacking)} {place.path}'"
        ) from error


def lacking_search(path: Path, mode: int | None) -> int:
    """The search bits that the directory lacks: who may read a file must be able to reach it (path_resolution(7))."""
    if mode is None:
        return 0
    wanted = (0o010 if mode & 0o040 else 0) | (0o001 if mode & 0o004 else 0)
    return wanted & ~on_disk(path).stat().st_mode


def _symbolic(bits: int) -> str:
    return ("g" if bits & 0o010 else "") + ("o" if bits & 0o001 else "") + "+x"


def _create(path: Path, *, durable: bool) -> None:
    missing = [folder for folder in (path, *path.parents) if not on_disk(folder).exists()]
    for folder in reversed(missing):
        try:
            with suppress(FileExistsError):
                on_disk(folder).mkdir(0o755 if folder == path else 0o777)
        except OSError as error:
            error.filename = str(folder)
            raise
        if durable:
            with Folder(folder.parent) as parent:
                parent.sync()


def free_bytes(path: Path) -> int | None:
    """Bytes that this user can still write there; None where the file system does not say (statvfs(3))."""
    status = statistics_of(path)
    return None if status is None else status.f_bavail * status.f_frsize


def statistics_of(path: Path) -> os.statvfs_result | None:
    """What the file system says of its space; None where it says nothing, which many of FUSE do."""
    try:
        status = os.statvfs(on_disk(path))
    except OSError as error:
        if error.errno not in _NO_STATISTICS:
            error.filename = str(path)
            raise
        return None
    return status if status.f_blocks else None


def _room(path: Path) -> float:
    """Free bytes; without limit where nobody knows: then it is tried."""
    free = free_bytes(path)
    return inf if free is None else free
