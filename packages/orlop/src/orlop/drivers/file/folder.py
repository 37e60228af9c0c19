"""An open directory of a store. Every name is looked up in this one, also when its path leads elsewhere meanwhile.

A store's directory may be renamed, unmounted, mounted over, or replaced by its copy while it is used. Whatever is done
by names here is done in one and the same directory; `require_current` says whether that still is the store's.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from orlop.drivers.file.names import decoded, encoded, names_in, on_disk
from orlop.errors import Unavailable
from orlop.support import publish

_BROKEN = frozenset({errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})
"""The path of the directory leads nowhere any more."""
_NONBLOCKING = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""A link is not followed, and a FIFO does not wait for its other end."""


class Folder:
    """A directory by a descriptor (O_PATH: that needs no right to list it)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.descriptor = os.open(encoded(path), os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            error.filename = str(path)
            if error.errno in _BROKEN:
                raise Unavailable(f"{path} is no directory: {error.strerror}") from error
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it; may be called twice."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    @property
    def is_open(self) -> bool:
        """Whether it is not closed yet."""
        return self.descriptor >= 0

    @property
    def identity(self) -> str:
        """What tells this directory from another one at the same path."""
        status = os.fstat(self.descriptor)
        return f"{status.st_dev:x}.{status.st_ino:x}"

    def require_current(self) -> None:
        """See that the path still leads to this directory.

        Raises:
            Unavailable: another one is there, or none.
        """
        try:
            same = os.path.samestat(on_disk(self.path).stat(), os.fstat(self.descriptor))
        except (FileNotFoundError, NotADirectoryError):
            same = False
        if not same:
            raise Unavailable(
                f"{self.path} has been moved, replaced or mounted over while it was used; try again when it is settled"
            )

    @contextmanager
    def told(self, name: bytes) -> Iterator[None]:
        """A context whose errors name the whole path."""
        try:
            yield
        except OSError as error:
            error.filename, error.filename2 = f"{self.path}/{decoded(name)}", None
            raise

    def status(self, name: bytes) -> os.stat_result:
        """The status of what has this name; of a link itself."""
        with self.told(name):
            return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)

    def has(self, name: bytes) -> bool:
        """Whether anything has this name; what cannot be known is an error, not a False."""
        try:
            self.status(name)
        except FileNotFoundError:
            return False
        return True

    def names(self) -> list[bytes]:
        """All names, sorted."""
        with self.told(b""):
            return names_in(self.descriptor)

    def open(self, name: bytes, flags: int, mode: int = 0o600) -> int:
        """Open a file of this name for good or bad; it neither follows a link nor waits."""
        with self.told(name):
            return os.open(name, flags | _NONBLOCKING, mode, dir_fd=self.descriptor)

    def unlink(self, name: bytes, *, missing_ok: bool = False) -> None:
        """Take the name away."""
        with self.told(name), suppress(*([FileNotFoundError] if missing_ok else [])):
            os.unlink(name, dir_fd=self.descriptor)

    def rename(self, old: bytes, new: bytes) -> None:
        """Rename within the directory; what had the new name is replaced."""
        with self.told(old):
            os.rename(old, new, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)

    def link(self, old: bytes, new: bytes) -> None:
        """Another name for the same file."""
        with self.told(new):
            os.link(old, new, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor, follow_symlinks=False)

    def sync(self) -> None:
        """Bring its entries to the disk."""
        with self.told(b""):
            publish.sync_folder(self.descriptor)

    def read_small(self, name: bytes, limit: int) -> bytes | None:
        """The content of a small regular file; None when this is none, or is larger than `limit` bytes."""
        if not stat.S_ISREG(self.status(name).st_mode):
            return None
        descriptor = self.open(name, os.O_RDONLY)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            with self.told(name), os.fdopen(descriptor, "rb", closefd=False) as file:
                content = file.read(limit + 1)
        finally:
            os.close(descriptor)
        return content if len(content) <= limit else None
