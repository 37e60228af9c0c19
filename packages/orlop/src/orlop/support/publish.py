"""Giving a finished file its name: all at once, and only if nothing has this name yet.

What gets the name is the file that is open, not what lies under its hidden name by now: a directory that is copied and
switched, or restored in place, while a file is written in it holds other files under the same names.
"""

from __future__ import annotations

import ctypes
import errno
import os
from contextlib import suppress
from pathlib import Path

from orlop.errors import Unsupported

_BY_NAME = frozenset(
    {errno.ENOENT, errno.EPERM, errno.EACCES, errno.EINVAL, errno.ELOOP, errno.ENOTDIR, errno.EXDEV, errno.EOPNOTSUPP,
     errno.ENOSYS}
)  # fmt: skip
"""No link from a descriptor: /proc is not mounted, or a sandbox or file system cannot. The name may still work."""
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
"""No hard links, or none more of this file (link(2))."""
_NO_RENAME = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP})
_RENAME_NOREPLACE = 1
_CANNOT_SYNC = frozenset({errno.EINVAL, errno.EBADF, errno.EOPNOTSUPP, errno.ENOSYS})


def publish(descriptor: int, folder: int, name: bytes, hidden: bytes | None = None) -> None:
    """Give the open file the name `name` in the directory open as `folder`; its `hidden` name there goes.

    By linkat(2), which never replaces anything and works on NFS too; by renameat2(2) where there are no hard links. A
    file that never had a name (O_TMPFILE) has no `hidden` one, and needs hard links.

    Raises:
        FileExistsError: the name is taken.
        FileNotFoundError: the file has been removed meanwhile, or another one has its hidden name.
        Unsupported: the file system can do neither.
    """
    try:
        _link(descriptor, folder, name, hidden)
    except FileExistsError:
        # An NFS client that had no answer asks again, and is told of the link that it made itself (nfs(5)).
        if not is_file(folder, name, descriptor):
            raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if hidden is None:
            raise Unsupported("the file system has no hard links") from error
        _require_own(descriptor, folder, hidden)
        _rename_no_replace(folder, hidden, name)
        return
    if hidden is not None:
        with suppress(FileNotFoundError):
            os.unlink(hidden, dir_fd=folder)


def is_file(folder: int, name: bytes, descriptor: int) -> bool:
    """Whether this name in the directory stands for the very file that is open."""
    try:
        named = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(named, os.fstat(descriptor))


def sync_folder(folder: int) -> None:
    """Bring the entries of a directory to the disk, where the file system can be asked for that (fsync(2))."""
    descriptor = os.open(b".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise
    finally:
        os.close(descriptor)


def _link(descriptor: int, folder: int, name: bytes, hidden: bytes | None) -> None:
    try:
        # With follow_symlinks this is linkat(2) with AT_SYMLINK_FOLLOW: the link in /proc leads to the open file.
        os.link(f"/proc/self/fd/{descriptor}", name, dst_dir_fd=folder, follow_symlinks=True)
    except OSError as error:
        if error.errno not in _BY_NAME or hidden is None:
            raise
    else:
        return
    _require_own(descriptor, folder, hidden)
    os.link(hidden, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)


def _require_own(descriptor: int, folder: int, hidden: bytes) -> None:
    if not is_file(folder, hidden, descriptor):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), Path(os.fsdecode(hidden)))


def _rename_no_replace(folder: int, old: bytes, new: bytes) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        raise Unsupported("the file system has no hard links, and the system no renameat2")
    if library.renameat2(folder, old, folder, new, _RENAME_NOREPLACE) == 0:
        return
    number = ctypes.get_errno()
    if number in _NO_RENAME:
        raise Unsupported("the file system has neither hard links nor renameat2; use another one")
    raise OSError(number, os.strerror(number), os.fsdecode(new))
