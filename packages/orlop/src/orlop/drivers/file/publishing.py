"""Making a staged file visible under its final name: at once, and only if there is none of that name."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from orlop.drivers.file.guards import is_there, usable
from orlop.drivers.file.names import PUBLISH_LOCK
from orlop.drivers.file.settings import Directory
from orlop.drivers.file.staging import NO_LOCKS
from orlop.errors import AlreadyExists, Unsupported

_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_NO_LOCK_FILE = frozenset({errno.ENOENT, errno.EROFS, errno.EACCES, errno.ENOSPC, errno.EDQUOT})
"""A directory that takes no new file, the same for every process: the next one holds the lock."""
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
def only_one(image_id: str, chosen: Directory, places: Sequence[Directory]) -> Iterator[None]:
    """While inside, no other process publishes into these directories; the id is in none of the others.

    One directory decides by itself who is first. Several need a lock. A directory that is not mounted now can neither
    hold it nor be asked for the id.

    Raises:
        AlreadyExists: another directory has an image of this id.
    """
    if len(places) == 1:
        yield
        return
    at_hand = [place for place in places if usable(place)]
    with _lock(sorted(place.path for place in at_hand)):
        if any(is_there(place.path / image_id) for place in at_hand if place != chosen):
            raise AlreadyExists("there is an image of this id in another directory of this store")
        yield


@contextmanager
def _lock(folders: Sequence[Path]) -> Iterator[None]:
    """Hold the lock in the first of the directories that can have one."""
    for folder in folders:
        try:
            descriptor = os.open(folder / PUBLISH_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            if error.errno not in _NO_LOCK_FILE:
                raise
            continue
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            except OSError as error:
                if error.errno not in NO_LOCKS:
                    raise
            yield
        finally:
            os.close(descriptor)
        return
    yield
