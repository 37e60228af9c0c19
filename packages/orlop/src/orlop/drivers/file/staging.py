"""Files on their way in: hidden, locked as long as their writer lives, and gone when it is done.

The lock (flock(2)) ends with the process that holds it, also by kill -9, so what is not locked is left over from a dead
upload. Age says nothing: an upload may take days.
"""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress

from orlop.drivers.file.folder import Folder
from orlop.drivers.file.names import staged_name
from orlop.support.refcounted import Refcounted

NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EBADF})
"""A file system that cannot lock: what lies there is never taken for dead."""

_WRITTEN_AT_ONCE = 512 * 1024
"""Bytes given to one pwrite(2). The kernel takes page cache in pieces as large as a write, and the largest of them are
what the host of a virtual machine has taken back: 2 MiB at once cost up to 1.5 s of processor time a GiB there."""


class Staged:
    """A hidden file that is being written, and the lock on it.

    `handle` is its descriptor, which stays open while anyone uses it, whatever happens meanwhile: a write that hangs
    must not find its number given to another file.
    """

    def __init__(self, folder: Folder, image_id: str, mode: int | None) -> None:
        self.folder = folder
        self.name, descriptor, self._status = _create_locked(folder, image_id, 0o666 if mode is None else 0o600)
        self.handle = Refcounted(descriptor, _close, what="this upload")

    def write(self, offset: int, data: bytes) -> None:
        """Write all of `data` at `offset`."""
        with self.handle as descriptor, self.folder.told(self.name):
            rest = memoryview(data)
            while rest:
                written = os.pwrite(descriptor, rest[:_WRITTEN_AT_ONCE], offset)
                if not written:
                    raise OSError(errno.EIO, "nothing was written, and no error told")
                rest, offset = rest[written:], offset + written

    def settle(self, *, durable: bool) -> None:
        """See that what was written has arrived: on the disk when `durable`, else where the system keeps it.

        NFS tells of failed writes at close; closing a duplicate tells it while the lock is still held (close(2)).
        """
        with self.handle as descriptor, self.folder.told(self.name):
            if durable:
                os.fsync(descriptor)
            os.close(os.dup(descriptor))

    def remove(self, folder: Folder | None = None) -> None:
        """Take the hidden name away, if it still is this file's; may be called twice.

        `folder` is where it is looked for when its own one is closed already.
        """
        place = folder or self.folder
        with suppress(FileNotFoundError):
            if os.path.samestat(place.status(self.name), self._status):
                place.unlink(self.name)

    def close(self) -> None:
        """Release the lock and the file, as soon as nobody uses it; may be called twice."""
        self.handle.close()

    def discard(self) -> None:
        """Remove and close. When removing fails it is closed all the same: without the lock `clean` finds the file."""
        try:
            self.remove()
        finally:
            self.close()


def _close(descriptor: int) -> None:
    with suppress(OSError):
        # Not only by closing: a process that was forked meanwhile has the file open, and would keep the lock.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    with suppress(OSError):  # the number is free all the same, and `settle` has told what there was to tell
        os.close(descriptor)


def _create_locked(folder: Folder, image_id: str, mode: int) -> tuple[bytes, int, os.stat_result]:
    while True:
        name = staged_name(image_id)
        descriptor = folder.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        try:
            with folder.told(name):
                status = os.fstat(descriptor)
                if _locked(descriptor):
                    return name, descriptor, status
            # A cleaner looked at the file before it was locked, and may have removed it: another name then.
            folder.unlink(name, missing_ok=True)
        except BaseException:
            os.close(descriptor)
            folder.unlink(name, missing_ok=True)
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
