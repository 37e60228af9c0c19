"""The only file that touches the backend; no other one changes when the backend does.

TODO: replace it by your backend, one method after the other. Errors go out as they are: `meaning` says what they mean.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from orlop.errors import AlreadyExists, BackendError, NotFound, PermissionDenied, StoreError, StoreFull, Unavailable
from orlop.location import refused_id
from orlop.support.refcounted import Refcounted

_MEANINGS: dict[int | None, type[StoreError]] = {
    errno.ENOENT: NotFound,
    errno.EEXIST: AlreadyExists,
    errno.EACCES: PermissionDenied,
    errno.EPERM: PermissionDenied,
    errno.EROFS: PermissionDenied,
    errno.ENOSPC: StoreFull,
    errno.EDQUOT: StoreFull,
    errno.EIO: Unavailable,
    errno.ESTALE: Unavailable,
    errno.ETIMEDOUT: Unavailable,
    errno.ENOTCONN: Unavailable,
}
_READING = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""A link could lead out of the folder, and opening a FIFO must not wait for somebody who writes."""


def meaning(error: BaseException) -> type[StoreError] | None:
    """What an error of the backend means; None when it is not one of the backend's."""
    return _MEANINGS.get(error.errno, BackendError) if isinstance(error, OSError) else None


@dataclass(frozen=True)
class Found:
    """What is known of an image without reading it; `identity` tells it from another one that has its id later."""

    size: int
    modified: datetime
    identity: str


class Backend:
    """A folder with one file for each image. Safe in many threads: what belongs to one call is in that call."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def begin(self) -> Refcounted[int]:
        """Room for an image on its way in: nobody sees it, and it goes by itself when this process dies.

        So there are no leftovers. Its last user closes it: a write that hangs while the upload is aborted must not find
        the number of its descriptor given to another image.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        room = os.open(self._root, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o640)
        return Refcounted(room, os.close, what="the upload")

    def write(self, room: int, offset: int, block: bytes) -> None:
        """Take a block."""
        rest = memoryview(block)
        while rest:
            done = os.pwrite(room, rest, offset)
            if not done:
                raise OSError(errno.EIO, "nothing was written, and no error told")
            rest, offset = rest[done:], offset + done

    def publish(self, room: int, image_id: str) -> None:
        """Show the image to everybody, at once and whole; fails when there is one of its id."""
        os.fsync(room)
        with self._folder() as folder:
            # By its descriptor: what appears is what was written, whatever has happened to names meanwhile.
            source = f"/proc/self/fd/{room}"
            os.link(source, _name(image_id), src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=True)
            os.fsync(folder)

    def open(self, image_id: str) -> Refcounted[int]:
        """The image, opened for reading; its last reader closes it."""
        with self._folder() as folder:
            return Refcounted(_opened(folder, image_id), os.close, what="the image")

    def read(self, opened: int, start: int, length: int) -> bytes:
        """Some bytes; none at the end."""
        return os.pread(opened, length, start)

    def look(self, image_id: str) -> Found:
        """Size, time and identity of an image."""
        with self.open(image_id) as opened:
            return self.look_at(opened)

    def look_at(self, opened: int) -> Found:
        """The same of an image that is open, also of one on its way in."""
        found = os.fstat(opened)
        # The number of a deleted file is used again, at once even; its time is then another one.
        identity = f"{found.st_ino}-{found.st_mtime_ns}"
        return Found(found.st_size, datetime.fromtimestamp(found.st_mtime, UTC), identity)

    def remove(self, image_id: str, identity: str) -> None:
        """Delete the image of this identity; one that has taken its place meanwhile is not touched."""
        with self._folder() as folder:
            # Whoever deletes holds the lock: between the look and the deletion the name cannot come to another image.
            fcntl.flock(folder, fcntl.LOCK_EX)
            with self.open(image_id) as opened:
                if self.look_at(opened).identity != identity:
                    raise FileNotFoundError(errno.ENOENT, "the image is gone; there is another one of its id", image_id)
            os.unlink(_name(image_id), dir_fd=folder)
            os.fsync(folder)

    def ids(self) -> list[str]:
        """The ids of all images. What no image can be called is not one: somebody else has put it there."""
        try:
            with self._folder() as folder:
                names = _names(folder)
        except FileNotFoundError:
            return []
        ids = [name.decode("utf-8", "replace") for name in names]
        return sorted(one for one, name in zip(ids, names, strict=True) if _name(one) == name and not refused_id(one))

    @contextmanager
    def _folder(self) -> Iterator[int]:
        folder = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield folder
        finally:
            os.close(folder)


def _name(image_id: str) -> bytes:
    """The name of an image's file: the same whatever the locale of this process is."""
    return image_id.encode("utf-8")


def _names(folder: int) -> list[bytes]:
    with os.scandir(folder) as entries:
        return [os.fsencode(entry.name) for entry in entries]


def _opened(folder: int, image_id: str) -> int:
    """Open an image: a regular file that has exactly this name, also where the file system takes others for it."""
    name = _name(image_id)
    absent = FileNotFoundError(errno.ENOENT, "there is no such image", image_id)
    if name not in _names(folder):  # TODO: your backend knows this without a listing
        raise absent
    try:
        opened = os.open(name, _READING, dir_fd=folder)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:  # a link, a socket
            raise absent from error
        raise
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise absent
    return opened
