"""What dead uploads have left: staged files that nobody locks any more, and sidecars without an image."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from orlop.drivers.file.folder import Folder
from orlop.drivers.file.keeping import orphan, remove_orphan
from orlop.drivers.file.names import SIDECAR, UPLOAD, decoded, encoded, image_of
from orlop.drivers.file.settings import Directory
from orlop.drivers.file.staging import NO_LOCKS
from orlop.errors import InvalidLocation
from orlop.records import Leftover

_UPLOAD, _SIDECAR = encoded(UPLOAD), encoded(SIDECAR)
_CANNOT_OPEN = frozenset({errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENXIO, errno.ENODEV})
"""Another user's, or no file: whether its writer lives cannot be asked."""


def leftover_of(_: Directory, folder: Folder, name: bytes) -> Leftover | None:
    """The file of this name as a leftover; None when it is none, or its writer lives.

    A file that this user may not open is none: whether its writer lives cannot be known. `unknown_in` lists such files.
    """
    if not _is_regular(folder, name):
        return None
    if name.startswith(_UPLOAD):
        return _dead(folder, name)
    return orphan(folder, name, decoded(name[len(_SIDECAR) :]))


def unknown_in(folder: Folder) -> list[str]:
    """Files of uploads that this user may not open, so that it cannot know whether their writers live."""
    return [
        decoded(name)
        for name in folder.names()
        if name.startswith(_UPLOAD) and _is_regular(folder, name) and not _can_be_opened(folder, name)
    ]


def remove_leftover(folder: Folder, name: bytes) -> None:
    """Remove a leftover; one that is gone, or whose writer lives, is left alone.

    Raises:
        InvalidLocation: such a name has no leftover.
        PermissionError: it is another user's, so that it cannot be known whether its writer lives.
    """
    if name.startswith(_SIDECAR):
        remove_orphan(folder, name, decoded(name[len(_SIDECAR) :]))
        return
    if not name.startswith(_UPLOAD):
        raise InvalidLocation("this is no leftover of an upload")
    with _unlocked(folder, name) as status:
        if status is not None and os.path.samestat(folder.status(name), status):
            folder.unlink(name, missing_ok=True)


def _dead(folder: Folder, name: bytes) -> Leftover | None:
    try:
        with _unlocked(folder, name) as status:
            if status is None:
                return None
            modified = datetime.fromtimestamp(status.st_mtime, UTC)
            return Leftover(f"{folder.path}/{decoded(name)}", status.st_blocks * 512, image_of(name), modified)
    except OSError as error:
        if error.errno not in _CANNOT_OPEN:
            raise
        return None


@contextmanager
def _unlocked(folder: Folder, name: bytes) -> Iterator[os.stat_result | None]:
    """The status of a file that nobody writes any more, locked meanwhile; None when it is gone or in use."""
    try:
        descriptor = _open(folder, name)
    except FileNotFoundError:
        yield None
        return
    try:
        try:
            with folder.told(name):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            status = None
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            status = None
        else:
            status = os.fstat(descriptor)
        yield status if status is not None and stat.S_ISREG(status.st_mode) else None
    finally:
        os.close(descriptor)


def _open(folder: Folder, name: bytes) -> int:
    try:
        return folder.open(name, os.O_RDWR)  # NFS grants an exclusive lock only to writers (flock(2))
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise
        return folder.open(name, os.O_RDONLY)


def _can_be_opened(folder: Folder, name: bytes) -> bool:
    try:
        os.close(_open(folder, name))
    except OSError as error:
        return error.errno not in _CANNOT_OPEN
    return True


def _is_regular(folder: Folder, name: bytes) -> bool:
    if not name.startswith((_UPLOAD, _SIDECAR)):
        return False
    try:
        return stat.S_ISREG(folder.status(name).st_mode)
    except FileNotFoundError:
        return False
