"""What dead uploads have left: staged files that nobody locks any more, and sidecars without an image."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from orlop.drivers.file.keeping import orphan, remove_orphan
from orlop.drivers.file.names import SIDECAR, UPLOAD, image_of
from orlop.drivers.file.staging import NO_LOCKS
from orlop.errors import InvalidLocation
from orlop.records import Leftover


def leftovers_in(folder: Path) -> Iterator[Leftover]:
    """What dead uploads have left in this directory. Nothing stays open or locked between two of them."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if entry.name.startswith((UPLOAD, SIDECAR)) and entry.is_file(follow_symlinks=False)
            )
    except FileNotFoundError:
        return
    for name in names:
        found = _dead(folder / name) if name.startswith(UPLOAD) else orphan(folder / name)
        if found is not None:
            yield found


def remove_leftover(path: Path) -> None:
    """Remove a leftover; one that is gone, or whose writer lives, is left alone.

    Raises:
        InvalidLocation: such a name has no leftover.
    """
    if path.name.startswith(SIDECAR):
        remove_orphan(path)
        return
    if not path.name.startswith(UPLOAD):
        raise InvalidLocation("this is no leftover of an upload")
    with _unlocked(path) as status:
        if status is not None:
            path.unlink(missing_ok=True)


def _dead(path: Path) -> Leftover | None:
    with _unlocked(path) as status:
        if status is None:
            return None
        modified = datetime.fromtimestamp(status.st_mtime, UTC)
        return Leftover(str(path), status.st_blocks * 512, image_of(path.name), modified)


@contextmanager
def _unlocked(path: Path) -> Iterator[os.stat_result | None]:
    """The status of a file that nobody writes any more, locked meanwhile; None when it is gone or in use."""
    try:
        descriptor = _open(path)
    except FileNotFoundError:
        yield None
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            status = None
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            status = None
        else:
            status = os.fstat(descriptor)
        yield status
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    flags = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        return os.open(path, os.O_RDWR | flags)  # NFS grants an exclusive lock only to writers (flock(2))
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise
        return os.open(path, os.O_RDONLY | flags)
