"""Files on their way in: hidden, locked as long as their writer lives, and gone when it is done.

The lock (flock(2)) ends with the process that holds it, also by kill -9, so what is not locked is left over from a dead
upload. Age says nothing: an upload may take days.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from orlop.drivers.file.names import UPLOAD
from orlop.records import Leftover

_TOKEN_DIGITS = 16
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL})
"""A file system that cannot lock: what lies there is never taken for dead."""


class Staged:
    """A hidden file that is being written, and the lock on it.

    Its descriptor stays open while anyone is inside `using`, whatever happens meanwhile: a write that hangs must not
    find its number given to another file.
    """

    def __init__(self, folder: Path, image_id: str, mode: int | None) -> None:
        self.path, self._descriptor = _create_locked(folder, image_id, 0o666 if mode is None else 0o600)
        self._lock = threading.Lock()
        self._users = 0
        self._closed = False

    @contextmanager
    def using(self) -> Iterator[int]:
        """The open descriptor.

        Raises:
            ValueError: the upload has been aborted.
        """
        with self._lock:
            if self._closed:
                raise ValueError("this upload has been aborted or committed")
            self._users += 1
        try:
            yield self._descriptor
        finally:
            with self._lock:
                self._users -= 1
                self._close_when_unused()

    def remove(self) -> None:
        """Take the hidden name away; may be called twice."""
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Release the lock and the file, as soon as nobody uses it; may be called twice."""
        with self._lock:
            self._closed = True
            self._close_when_unused()

    def _close_when_unused(self) -> None:
        if self._closed and self._users == 0 and self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)


def _create_locked(folder: Path, image_id: str, mode: int) -> tuple[Path, int]:
    while True:
        path = folder / f"{UPLOAD}{secrets.token_hex(_TOKEN_DIGITS // 2)}-{image_id}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return path, descriptor
            # A cleaner looked at the file before it was locked, and may have removed it: another name then.
            os.close(descriptor)
            path.unlink(missing_ok=True)
            if not isinstance(error, BlockingIOError):
                raise
            continue
        if os.fstat(descriptor).st_nlink:
            return path, descriptor
        os.close(descriptor)


def leftovers_in(folder: Path) -> Iterator[Leftover]:
    """What dead uploads have left in this directory."""
    try:
        entries = sorted(entry.name for entry in os.scandir(folder) if entry.name.startswith(UPLOAD))
    except FileNotFoundError:
        return
    for name in entries:
        path = folder / name
        with _dead(path) as status:
            if status is not None:
                image_id = name[len(UPLOAD) + _TOKEN_DIGITS + 1 :]
                modified = datetime.fromtimestamp(status.st_mtime, UTC)
                yield Leftover(str(path), status.st_blocks * 512, image_id, modified)


def remove_leftover(path: Path) -> None:
    """Remove a dead upload's file; one that is gone or whose writer lives is left alone."""
    with _dead(path) as status:
        if status is not None:
            path.unlink(missing_ok=True)


@contextmanager
def _dead(path: Path) -> Iterator[os.stat_result | None]:
    """The status of a file that nobody writes any more, locked meanwhile; None when it is gone or in use."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        yield None
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _NO_LOCKS | {errno.EWOULDBLOCK}:
                raise
            yield None
        else:
            yield os.fstat(descriptor)
    finally:
        os.close(descriptor)
