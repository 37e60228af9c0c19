"""What tells an image from another one that may later have the same name.

An inode number alone does not: it is given to the next file as soon as the first is gone. Times of change do not
either: a hard link of a backup changes them. What stays is when a file was born, where the file system keeps that, and
otherwise when its bytes were written last; and the number of the inode's generation, where it can be asked for.
"""

from __future__ import annotations

import array
import ctypes
import fcntl
import hashlib
import os
import re
import stat
import struct
from contextlib import suppress

from orlop.drivers.file.folder import Folder
from orlop.drivers.file.names import TOKEN_DIGITS
from orlop.errors import Unavailable

_BORN = 0x800
"""STATX_BTIME (statx(2))."""
_NO_FOLLOW = 0x100
"""AT_SYMLINK_NOFOLLOW."""
_GENERATION = 0x80087601
"""FS_IOC_GETVERSION (ioctl_list(2))."""
_UNKNOWN = "-"
_FORM = re.compile(r"[0-9a-f]+\.[0-9a-f]+/[0-9a-f]+/(?:b-?[0-9a-f]+\.|w-?)[0-9a-f]+/[0-9a-f]+/(?:-|-?[0-9a-f]+)")
"""Directory, number of the inode, when it was born or else written, size, generation."""


def identity_of(folder: Folder, name: bytes) -> str:
    """The identity of the file of this name.

    Raises:
        FileNotFoundError: there is none.
    """
    status = folder.status(name)
    when = _born(folder.descriptor, name) or f"w{status.st_mtime_ns:x}"
    parts = [folder.identity, f"{status.st_ino:x}", when, f"{status.st_size:x}", _generation(folder, name, status)]
    return "/".join(parts)


def is_identified(folder: Folder, name: bytes, identity: str) -> bool:
    """Whether the file of this name is the one of this identity; no file is of a text that is no identity.

    A generation that is unknown on one side says nothing: the file could not be opened for a moment, or has none.

    Raises:
        FileNotFoundError: there is none.
        Unavailable: another directory is at the store's path now, so that nothing can be said of the image.
    """
    if _FORM.fullmatch(identity) is None:
        folder.status(name)
        return False
    place, *meant = identity.split("/")
    if place != folder.identity:
        raise Unavailable(f"{folder.path} has been replaced meanwhile by another directory; try again")
    _, *found = identity_of(folder, name).split("/")
    return len(found) == len(meant) and all(
        one == other or (at == 3 and _UNKNOWN in {one, other})
        for at, (one, other) in enumerate(zip(found, meant, strict=True))
    )


def token_of(identity: str) -> str:
    """Digits for a hidden name that belongs to this image alone."""
    return hashlib.sha256(identity.encode()).hexdigest()[:TOKEN_DIGITS]


def _born(folder: int, name: bytes) -> str:
    """When the file was born; empty where that is not known."""
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "statx"):
        return ""
    buffer = ctypes.create_string_buffer(256)
    if library.statx(folder, name, _NO_FOLLOW, _BORN, buffer) != 0:
        return ""
    (mask,) = struct.unpack_from("=I", buffer, 0)
    seconds, nanoseconds = struct.unpack_from("=qI", buffer, 80)
    return f"b{seconds:x}.{nanoseconds:x}" if mask & _BORN else ""


def _generation(folder: Folder, name: bytes, status: os.stat_result) -> str:
    """The generation of the inode's number; unknown where the file may not be opened, or has none."""
    if not stat.S_ISREG(status.st_mode):
        return _UNKNOWN
    with suppress(OSError):
        descriptor = folder.open(name, os.O_RDONLY)
        try:
            answer = array.array("l", [0])
            fcntl.ioctl(descriptor, _GENERATION, answer)
            return f"{answer[0]:x}"
        finally:
            os.close(descriptor)
    return _UNKNOWN
