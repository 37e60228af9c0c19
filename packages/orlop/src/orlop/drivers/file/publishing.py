"""Only one of all who publish an image of one id into the directories of a store, at once, succeeds.

One directory decides by itself: a name is given once. Several need a lock, which every writer takes in each of the
directories that it sees, so that any two have one in common; who cannot take one cannot put. And where even that is in
vain (a directory that takes no file, an NFS that does not lock), each looks once more when its image is there.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from orlop.drivers.file.folder import Folder
from orlop.drivers.file.guards import usable
from orlop.drivers.file.names import PUBLISH_LOCK, encoded, staged_name
from orlop.drivers.file.settings import Directory
from orlop.drivers.file.spelling import has_exactly
from orlop.drivers.file.staging import NO_LOCKS
from orlop.errors import AlreadyExists, PermissionDenied

_LOCK = encoded(PUBLISH_LOCK)
_TAKES_NO_FILE = frozenset({errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT})
"""A directory into which nobody like this process can publish either, while it is so."""
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


@contextmanager
def only_one(image_id: str, chosen: Directory, places: Sequence[Directory]) -> Iterator[None]:
    """While inside, no other process publishes into these directories, and the id is in none of the others.

    A directory that is not mounted now can neither hold the lock nor be asked for the id.

    Raises:
        AlreadyExists: another directory has an image of this id, before or after the work inside.
        PermissionDenied: the lock belongs to somebody else, who does not let this user take it.
    """
    if len(places) == 1:
        yield
        return
    name = encoded(image_id)
    at_hand = sorted((place for place in places if usable(place)), key=lambda place: place.path)
    with ExitStack() as held:
        for place in at_hand:
            held.enter_context(_locked(place))
        _require_absent(name, chosen, at_hand)
        yield
        _require_absent(name, chosen, at_hand)


def _require_absent(name: bytes, chosen: Directory, places: Sequence[Directory]) -> None:
    for place in places:
        if place == chosen:
            continue
        # Opened anew each time: then NFS asks the server instead of its memory (close-to-open, nfs(5)).
        with suppress(FileNotFoundError), Folder(place.path) as folder:
            if has_exactly(folder, name):
                raise AlreadyExists("there is an image of this id in another directory of this store")


@contextmanager
def _locked(place: Directory) -> Iterator[None]:
    """Hold the lock of one directory, where it can have one."""
    with ExitStack() as held:
        try:
            folder = held.enter_context(Folder(place.path))
        except FileNotFoundError:
            yield  # it was never used
            return
        descriptor = _taken(folder)
        if descriptor is not None:
            held.callback(os.close, descriptor)
        yield


def _taken(folder: Folder) -> int | None:
    """The descriptor by which the lock is held; None where the directory cannot have one."""
    while True:
        descriptor = _opened(folder)
        if descriptor is None:
            return None
        try:
            _lock(folder, descriptor)
            # Who removed the file, or put another in its place, meanwhile has taken the lock away.
            if os.path.samestat(folder.status(_LOCK), os.fstat(descriptor)):
                return descriptor
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock(folder: Folder, descriptor: int) -> None:
    try:
        with folder.told(_LOCK):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise


def _opened(folder: Folder) -> int | None:
    for _ in range(100):  # it may be made, and removed by hand, at this very moment
        try:
            descriptor = _opened_as_it_is(folder)
        except FileNotFoundError:
            if not _made(folder):
                return None
            continue
        with suppress(OSError):
            _let_in(folder, descriptor)
        return descriptor
    raise PermissionDenied(f"{folder.path}/{PUBLISH_LOCK} vanishes whenever it is made")


def _opened_as_it_is(folder: Folder) -> int:
    try:
        try:
            return folder.open(_LOCK, os.O_RDWR)  # NFS grants an exclusive lock only to writers (flock(2))
        except OSError as error:
            if error.errno not in {errno.EACCES, errno.EPERM, errno.EROFS}:
                raise
        return folder.open(_LOCK, os.O_RDONLY)
    except OSError as error:
        if error.errno not in {errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENXIO, errno.EISDIR}:
            raise
        raise PermissionDenied(
            f"the lock {folder.path}/{PUBLISH_LOCK} cannot be taken by this user ({error.strerror}), and without it "
            f"two images could get one id; run 'chown --reference={folder.path} {folder.path}/{PUBLISH_LOCK}'"
        ) from error


def _made(folder: Folder) -> bool:
    """Make the lock's file, open to all who may write the directory from its first moment on."""
    hidden = staged_name("lock")
    try:
        descriptor = folder.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    except OSError as error:
        if error.errno not in _TAKES_NO_FILE:
            raise
        return False
    try:
        with suppress(OSError):  # lest it be taken for what a dead upload has left
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with suppress(OSError):
            _let_in(folder, descriptor)
        try:
            folder.link(hidden, _LOCK)
        except FileExistsError:
            pass
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            folder.rename(hidden, _LOCK)
    finally:
        os.close(descriptor)
        folder.unlink(hidden, missing_ok=True)
    return True


def _let_in(folder: Folder, descriptor: int) -> None:
    """Give the lock's file the owner and the group of the directory, and let in whoever may write there."""
    status, directory = os.fstat(descriptor), os.fstat(folder.descriptor)
    if os.geteuid() == 0 and (status.st_uid, status.st_gid) != (directory.st_uid, directory.st_gid):
        os.fchown(descriptor, directory.st_uid, directory.st_gid)
    elif status.st_uid == os.geteuid() and status.st_gid != directory.st_gid:
        with suppress(OSError):
            os.fchown(descriptor, -1, directory.st_gid)
    writers = directory.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    wanted = 0o600 | writers | writers << 1
    if stat.S_IMODE(status.st_mode) | wanted != stat.S_IMODE(status.st_mode):
        os.fchmod(descriptor, stat.S_IMODE(status.st_mode) | wanted)
