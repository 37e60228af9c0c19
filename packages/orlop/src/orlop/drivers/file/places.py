"""The directories of a file store: made ready, and ranked for a new image."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from orlop.drivers.file import faults
from orlop.drivers.file.guards import require_usable
from orlop.drivers.file.settings import Directory, FileSettings
from orlop.errors import PermissionDenied, StoreError, StoreFull

_CANNOT_SYNC = frozenset({errno.EINVAL, errno.EBADF, errno.EOPNOTSUPP, errno.ENOSYS})


def ranked(settings: FileSettings, size: int | None) -> tuple[list[Directory], list[Exception]]:
    """The directories for a new image of `size` bytes, best first, and why the others are not among them.

    Where it fits comes first, by priority and then by free space. Of a sparse image nobody knows beforehand how much it
    takes, so that a store that leaves holes also tries where something is free, most first.
    """
    failures: list[Exception] = []
    fitting: list[tuple[int, int, Directory]] = []
    tight: list[tuple[int, int, Directory]] = []
    for place in settings.places:
        try:
            prepare(place, settings.permissions, durable=settings.fsync)
            free = free_bytes(place.path)
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
    if not place.path.is_dir():
        _create(place.path, durable=durable)
    lacking = lacking_search(place.path, mode)
    if not lacking:
        return
    try:
        place.path.chmod(stat.S_IMODE(place.path.stat().st_mode) | lacking)
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
    return wanted & ~path.stat().st_mode


def _symbolic(bits: int) -> str:
    return ("g" if bits & 0o010 else "") + ("o" if bits & 0o001 else "") + "+x"


def _create(path: Path, *, durable: bool) -> None:
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(mode=0o755, parents=True, exist_ok=True)
    if durable:
        for folder in missing:
            sync_folder(folder.parent)


def sync_folder(path: Path) -> None:
    """Bring a directory's entries to the disk, where the file system can be asked for that."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:  # fsync(2): not every file system can do it for a directory
            raise
    finally:
        os.close(descriptor)


def free_bytes(path: Path) -> int:
    """Bytes that this user can still write there (statvfs(3))."""
    status = os.statvfs(path)
    return status.f_bavail * status.f_frsize
