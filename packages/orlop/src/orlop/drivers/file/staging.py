"""Files on their way in: hidden, locked as long as their writer lives, and gone when it is done.

The lock (flock(2)) ends with the process that holds it, also by kill -9, so what is not locked is left over from a dead
upload. Age says nothing: an upload may take days.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from orlop.drivers.file.names import staged_name

NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EBADF})
"""A file system that cannot lock: what lies there is never taken for dead."""

_WRITTEN_AT_ONCE = 512 * 1024
"""Bytes given to one pwrite(2). The kernel takes page cache in pieces as large as a write, and the largest of them are
what the host of a virtual machine has taken back: 2 MiB at once cost up to 1.5 s of processor time a GiB there."""


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
                last = self._take_when_unused()
            _close(last)

    def write(self, offset: int, data: bytes) -> None:
        """Write all of `data` at `offset`."""
        with self.using() as descriptor:
            rest = memoryview(data)
            while rest:
                written = os.pwrite(descriptor, rest[:_WRITTEN_AT_ONCE], offset)
                if not written:
                    raise OSError(errno.EIO, "nothing was written, and no error told", str(self.path))
                rest, offset = rest[written:], offset + written

    def settle(self, *, durable: bool) -> None:
        """See that what was written has arrived: on the disk when `durable`, else where the system keeps it.

        NFS tells of failed writes at close; closing a duplicate tells it while the lock is still held (close(2)).
        """
        with self.using() as descriptor:
            if durable:
                os.fsync(descriptor)
            os.close(os.dup(descriptor))

    def remove(self) -> None:
        """Take the hidden name away; may be called twice."""
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Release the lock and the file, as soon as nobody uses it; may be called twice."""
        with self._lock:
            self._closed = True
            last = self._take_when_unused()
        _close(last)

    def discard(self) -> None:
        """Remove and close. When removing fails it is closed all the same: without the lock `clean` finds the file."""
        try:
            self.remove()
        finally:
            self.close()

    def _take_when_unused(self) -> int:
        """The descriptor to close now, or -1. It is closed outside of the lock: closing may hang."""
        if not self._closed or self._users:
            return -1
        descriptor, self._descriptor = self._descriptor, -1
        return descriptor


def _close(descriptor: int) -> None:
    if descriptor >= 0:
        with suppress(OSError):  # the number is free all the same, and `settle` has told what there was to tell
            os.close(descriptor)


def _create_locked(folder: Path, image_id: str, mode: int) -> tuple[Path, int]:
    while True:
        path = folder / staged_name(image_id)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
        try:
            if _locked(descriptor):
                return path, descriptor
            # A cleaner looked at the file before it was locked, and may have removed it: another name then.
            path.unlink(missing_ok=True)
        except BaseException:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Lock a new file, where files can be locked; False when a cleaner was faster."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    return os.fstat(descriptor).st_nlink > 0
