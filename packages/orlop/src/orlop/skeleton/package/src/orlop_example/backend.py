"""The only file that touches the backend; no other one changes when the backend does.

TODO: replace it by your backend, one method after the other. Errors go out as they are: `meaning` says what they mean.
"""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

from orlop.errors import AlreadyExists, BackendError, NotFound, PermissionDenied, StoreError, StoreFull, Unavailable
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
}


def meaning(error: BaseException) -> type[StoreError] | None:
    """What an error of the backend means; None when it is not one of the backend's."""
    return _MEANINGS.get(error.errno, BackendError) if isinstance(error, OSError) else None


class Backend:
    """A folder with one file for each image. Safe in many threads: what belongs to one call is in that call."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def begin(self) -> Refcounted[int]:
        """Room for an image on its way in: nobody sees it, and it goes by itself when this process dies.

        Its last user closes it: a write that hangs while the upload is aborted must not find its descriptor's number
        given to another image.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        return Refcounted(os.open(self._root, os.O_TMPFILE | os.O_RDWR, 0o640), os.close, what="the upload")

    def write(self, room: int, offset: int, block: bytes) -> None:
        """Take a block."""
        rest = memoryview(block)
        while rest:
            done = os.pwrite(room, rest, offset)
            rest, offset = rest[done:], offset + done

    def publish(self, room: int, image_id: str) -> None:
        """Show the image to everybody, at once and whole; fails when there is one of its id."""
        os.fsync(room)
        # With a folder's descriptor this is linkat(2), which follows the link in /proc; link(2) does not.
        folder = os.open(self._root, os.O_DIRECTORY)
        try:
            os.link(f"/proc/self/fd/{room}", image_id, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=True)
            os.fsync(folder)
        finally:
            os.close(folder)

    def open(self, image_id: str) -> int:
        """The image, opened for reading."""
        return os.open(self._root / image_id, os.O_RDONLY)

    def read(self, opened: int, start: int, length: int) -> bytes:
        """Some bytes; none at the end."""
        return os.pread(opened, length, start)

    def close(self, opened: int) -> None:
        """Let go of an opened image."""
        os.close(opened)

    def look(self, image_id: str) -> tuple[int, datetime]:
        """Size and time of an image."""
        found = (self._root / image_id).stat()
        return found.st_size, datetime.fromtimestamp(found.st_mtime, UTC)

    def identity(self, image_id: str) -> str:
        """What no later image of this id has."""
        found = (self._root / image_id).stat()
        return f"{found.st_ino}:{found.st_mtime_ns}"

    def identity_of(self, room: int) -> str:
        """The identity of the image that is in this room."""
        found = os.fstat(room)
        return f"{found.st_ino}:{found.st_mtime_ns}"

    def remove(self, image_id: str, identity: str) -> None:
        """Delete the image of this identity."""
        if self.identity(image_id) != identity:
            raise NotFound("the image is gone; there is another one of its id now")
        (self._root / image_id).unlink()

    def ids(self) -> list[str]:
        """The ids of all images."""
        return sorted(path.name for path in self._root.iterdir()) if self._root.exists() else []
