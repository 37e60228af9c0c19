"""Deleting the image that was meant, and no other one that has its name by now."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from orlop.drivers.file.folder import Folder
from orlop.drivers.file.identity import is_identified, token_of
from orlop.drivers.file.keeping import sidecar_aside
from orlop.drivers.file.names import decoded, staged_name
from orlop.drivers.file.spelling import has_exactly
from orlop.drivers.file.staging import NO_LOCKS

_CANNOT_OPEN = frozenset({errno.EACCES, errno.EPERM, errno.ENXIO, errno.ELOOP, errno.EROFS})


def delete(folder: Folder, name: bytes, identity: str) -> None:
    """Remove the image of this identity, and what an earlier try has left of it.

    Raises:
        FileNotFoundError: it is gone, or another image has its name now.
    """
    image_id, token = decoded(name), token_of(identity)
    try:
        _require(folder, name, identity)
        with _alone(folder, name):
            _require(folder, name, identity)
            with sidecar_aside(folder, image_id, token):
                folder.unlink(name)
    except FileNotFoundError:
        # Its digests, which an earlier try had put aside; they have a name of this image alone.
        folder.unlink(staged_name(image_id, token), missing_ok=True)
        raise


def _require(folder: Folder, name: bytes, identity: str) -> None:
    if not has_exactly(folder, name) or not is_identified(folder, name, identity):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), f"{folder.path}/{decoded(name)}")


@contextmanager
def _alone(folder: Folder, name: bytes) -> Iterator[None]:
    """While inside, nobody else publishes or deletes this file: its name cannot pass to another image.

    The lock is the one that an upload holds on its file until it is done. Where there are no locks, or this user may
    not open the file, it is left at the look.
    """
    try:
        descriptor = folder.open(name, os.O_RDONLY)
    except OSError as error:
        if error.errno not in _CANNOT_OPEN:
            raise
        yield
        return
    with ExitStack() as held:
        held.callback(os.close, descriptor)
        try:
            with folder.told(name):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            held.close()  # NFS keeps a file that is removed while it is open under another name
        yield
