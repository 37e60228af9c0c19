"""The calls of the pass-through, as fusepy makes them: each is carried out in the folder behind."""

import errno
import os
import unicodedata
from collections.abc import Callable
from typing import Any

from servers.fuse_faults.rule import Rules

_STAT = ("st_ino", "st_mode", "st_nlink", "st_uid", "st_gid", "st_size", "st_blocks", "st_blksize")
_STATVFS = (
    "f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail", "f_ffree", "f_files", "f_frsize",
    "f_namemax",
)  # fmt: skip
_TWO_PATHS = {"rename", "link"}
# Flags of open() that the kernel has dealt with before it calls, or that do not suit pread and
# pwrite.
_DEALT_WITH = os.O_CREAT | os.O_EXCL | os.O_TRUNC | os.O_APPEND | os.O_DIRECT | os.O_NOFOLLOW

Folding = Callable[[str, str], str]
"""The name in a folder that is meant by another one."""


def _same_but_for_case(folder: str, name: str) -> str:
    try:
        names = os.listdir(folder)
    except OSError:
        return name
    return next((one for one in names if one.lower() == name.lower()), name)


FOLDINGS: dict[str, Folding | None] = {
    "": None,
    "case": _same_but_for_case,
    "nfd": lambda _, name: unicodedata.normalize("NFD", name),
    "dots": lambda _, name: name.rstrip(". ") or name,
}


class Operations:
    """The folder `root`, with faults.

    Locks are not among the calls: without them the kernel keeps flock() and fcntl() locks itself.
    """

    use_ns = True  # fusepy: times in nanoseconds

    def __init__(
        self,
        root: str,
        rules: Rules,
        caller: Callable[[], tuple[int, int, int]],
        *,
        xattrs: bool,
        space: bool = True,
        folding: Folding | None = None,
    ) -> None:
        self._root = root
        self._rules = rules
        self._caller = caller
        self._xattrs = xattrs
        self._space = space
        self._folding = folding

    def __call__(self, operation: str, path: str, *arguments: Any) -> Any:
        """Carry out any call: fusepy makes them all by this."""
        if operation in {"init", "destroy"}:
            return None
        paths = (path, arguments[0]) if operation in _TWO_PATHS else (path,)
        self._rules.meet(operation, paths)
        return getattr(self, operation)(path, *arguments)

    def _real(self, path: str) -> str:
        if self._folding is None:
            return self._root + path
        real = self._root
        for name in path.split("/")[1:]:
            real = os.path.join(real, self._folding(real, name))
        return real

    def getattr(self, path: str, _handle: int | None = None) -> dict[str, int]:
        status = os.lstat(self._real(path))
        attributes = {name: getattr(status, name) for name in _STAT}
        times = {f"st_{t}": getattr(status, f"st_{t}_ns") for t in ("atime", "mtime", "ctime")}
        return attributes | times

    def readdir(self, path: str, _handle: int) -> list[str]:
        return [".", "..", *os.listdir(self._real(path))]

    def statfs(self, path: str) -> dict[str, int]:
        status = os.statvfs(self._real(path))
        return {name: getattr(status, name) if self._space or name == "f_bsize" else 0 for name in _STATVFS}

    def open(self, path: str, flags: int) -> int:
        return os.open(self._real(path), flags & ~_DEALT_WITH)

    def create(self, path: str, mode: int) -> int:
        handle = os.open(self._real(path), os.O_RDWR | os.O_CREAT | os.O_TRUNC, mode)
        self._give_to_caller(path)
        return handle

    def read(self, _path: str, size: int, offset: int, handle: int) -> bytes:
        return os.pread(handle, size, offset)

    def write(self, _path: str, data: bytes, offset: int, handle: int) -> int:
        return os.pwrite(handle, data, offset)

    def truncate(self, path: str, length: int, handle: int | None = None) -> None:
        os.truncate(self._real(path) if handle is None else handle, length)

    def flush(self, _path: str, _handle: int) -> None:
        """Nothing is held back here; a rule may let it fail, as close() on NFS does."""

    def fsync(self, _path: str, data_only: int, handle: int) -> None:
        (os.fdatasync if data_only else os.fsync)(handle)

    def release(self, _path: str, handle: int) -> None:
        os.close(handle)

    def fsyncdir(self, path: str, _data_only: int, _handle: int) -> None:
        descriptor = os.open(self._real(path), os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, old: str, new: str) -> None:
        os.rename(self._real(old), self._real(new))

    def link(self, new: str, existing: str) -> None:
        os.link(self._real(existing), self._real(new), follow_symlinks=False)

    def symlink(self, path: str, target: str) -> None:
        os.symlink(target, self._real(path))
        self._give_to_caller(path)

    def readlink(self, path: str) -> str:
        return os.readlink(self._real(path))  # noqa: PTH115

    def unlink(self, path: str) -> None:
        os.unlink(self._real(path))

    def mkdir(self, path: str, mode: int) -> None:
        os.mkdir(self._real(path), mode)  # noqa: PTH102
        self._give_to_caller(path)

    def rmdir(self, path: str) -> None:
        os.rmdir(self._real(path))  # noqa: PTH106

    def chmod(self, path: str, mode: int) -> None:
        os.chmod(self._real(path), mode)

    def chown(self, path: str, user: int, group: int) -> None:
        os.lchown(self._real(path), user, group)

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> None:
        if times is None:
            os.utime(self._real(path), follow_symlinks=False)
        else:
            os.utime(self._real(path), ns=times, follow_symlinks=False)

    def getxattr(self, path: str, name: str, _position: int = 0) -> bytes:
        self._need_xattrs()
        return os.getxattr(self._real(path), name, follow_symlinks=False)

    def setxattr(self, path: str, name: str, value: bytes, flags: int, _position: int = 0) -> None:
        self._need_xattrs()
        os.setxattr(self._real(path), name, value, flags, follow_symlinks=False)

    def listxattr(self, path: str) -> list[str]:
        self._need_xattrs()
        return os.listxattr(self._real(path), follow_symlinks=False)

    def removexattr(self, path: str, name: str) -> None:
        self._need_xattrs()
        os.removexattr(self._real(path), name, follow_symlinks=False)

    def _need_xattrs(self) -> None:
        if not self._xattrs:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    def _give_to_caller(self, path: str) -> None:
        """What a user makes is the user's, not the file system process's."""
        user, group, _pid = self._caller()
        if user != os.geteuid():
            os.lchown(self._real(path), user, group)
