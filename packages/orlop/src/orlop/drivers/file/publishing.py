"""Making a staged file visible under its final name: at once, and only if there is none of that name."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from orlop.drivers.file.names import PUBLISH_LOCK
from orlop.errors import AlreadyExists, Unsupported

_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1


def publish(staged: Path, final: Path, identity: os.stat_result) -> None:
    """Give the staged file, whose status is `identity`, its final name; the hidden name goes.

    By link(2), which never replaces anything and works on NFS too; by renameat2(2) where there are no hard links.

    Raises:
        AlreadyExists: the final name is taken.
        Unsupported: the file system can do neither.
    """
    try:
        os.link(staged, final, follow_symlinks=False)
    except FileExistsError:
        # An NFS client that had no answer asks again and is told of the file that it made itself (nfs(5)).
        if not is_file(final, identity):
            raise AlreadyExists("there is an image of this id") from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _rename_no_replace(staged, final)
        return
    staged.unlink(missing_ok=True)


def is_file(path: Path, identity: os.stat_result) -> bool:
    """Whether this name stands for the very file whose status is `identity`."""
    try:
        return os.path.samestat(path.lstat(), identity)
    except FileNotFoundError:
        return False


def _rename_no_replace(staged: Path, final: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = (_AT_FDCWD, os.fsencode(staged), _AT_FDCWD, os.fsencode(final), _RENAME_NOREPLACE)
    if libc.renameat2(*arguments) == 0:
        return
    number = ctypes.get_errno()
    if number == errno.EEXIST:
        raise AlreadyExists("there is an image of this id")
    if number in {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}:
        raise Unsupported(f"the file system of {final.parent} has neither hard links nor renameat2; use another one")
    raise OSError(number, os.strerror(number), str(final))


@contextmanager
def only_one(image_id: str, chosen: Path, folders: Sequence[Path]) -> Iterator[None]:
    """While inside, no other process publishes into these directories; the id is in none of the others.

    One directory decides by itself who is first. Several need a lock, which lies in the one whose path sorts first.

    Raises:
        AlreadyExists: another directory has an image of this id.
    """
    others = [folder for folder in folders if folder != chosen]
    if not others:
        yield
        return
    lock = next(folder for folder in sorted(folders) if folder.is_dir()) / PUBLISH_LOCK
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if any(os.path.lexists(folder / image_id) for folder in others):
            raise AlreadyExists("there is an image of this id")
        yield
    finally:
        os.close(descriptor)
