"""Where `orlop get` puts an image: a file that appears whole or not at all, a device, or stdout."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
import uuid
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

from orlop.cli.failures import Failure, Misuse, local
from orlop.cli.output import write_bytes
from orlop.errors import Unsupported
from orlop.support.publish import publish, sync_folder
from orlop.transfer import solid_pieces

_GRAIN = 4096
"""Zeros are left out in pieces of this many bytes: the block of every usual file system."""
_PART = (".orlop-", ".part")
"""Begins and ends the hidden name of a file that is not whole yet."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_NAMELESS_UNKNOWN = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT, errno.ENOSYS})
"""No files without a name here (open(2), O_TMPFILE)."""
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,9})")


class Landing(ABC):
    """Takes an image's blocks in order. `leave` is called in any case, after `finish` or without it."""

    name: str

    @abstractmethod
    def take(self, block: bytes) -> None:
        """Take the next block."""

    def finish(self) -> None:
        """Everything has come, and is right."""
        return

    def leave(self) -> None:
        """Leave nothing half done behind."""
        return


class Stdout(Landing):
    """Standard output."""

    name = "standard output"

    def take(self, block: bytes) -> None:
        """Write it out."""
        write_bytes(block)


class Device(Landing):
    """Something that is there and stays what it is: a block device, a FIFO, /dev/null. Zeros are written."""

    def __init__(self, path: str, descriptor: int | None = None) -> None:
        self.name = path
        try:
            self._descriptor = _opened(path, os.O_WRONLY) if descriptor is None else os.dup(descriptor)
        except OSError as error:
            raise local(error, path) from error

    def take(self, block: bytes) -> None:
        """Write it out."""
        try:
            view = memoryview(block)
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            raise local(error, self.name) from error

    def finish(self) -> None:
        """Wait until a device has it."""
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            if error.errno not in {
                errno.EINVAL,
                errno.EROFS,
                errno.EOPNOTSUPP,
            }:  # a FIFO or /dev/null has nothing to wait for
                raise local(error, self.name) from error

    def leave(self) -> None:
        """Close it."""
        os.close(self._descriptor)


class NewFile(Landing):
    """A file that gets its name when it is whole. Zeros become holes.

    Until then it has no name at all, so that nothing is left of it however this process ends; where the file system
    cannot do that, it has a hidden one, and is locked, so that `abandoned` finds what a killed process has left.
    """

    def __init__(self, path: str, *, force: bool) -> None:
        self.name = path
        self._force = force
        self._final = self._target()
        self._folder = _opened(os.path.dirname(self._final) or ".", os.O_PATH | os.O_DIRECTORY, path)
        self._hidden: bytes | None = None
        self._size = 0
        try:
            self._descriptor = self._begun()
        except BaseException:
            os.close(self._folder)
            raise

    def take(self, block: bytes) -> None:
        """Write what is not zero."""
        try:
            for offset, piece in solid_pieces(block, _GRAIN):
                self._write(piece, self._size + offset)
        except OSError as error:
            raise local(error, self.name) from error
        self._size += len(block)

    def finish(self) -> None:
        """Make it durable, and give it its name."""
        try:
            os.ftruncate(self._descriptor, self._size)
            os.fsync(self._descriptor)
            if self._force:
                self._replace()
            else:
                self._publish()
            with suppress(PermissionError):  # a folder that this user may write to, and not read
                sync_folder(self._folder)
        except FileExistsError:
            raise _there_already(self.name) from None
        except OSError as error:
            raise local(error, self.name) from error

    def leave(self) -> None:
        """Remove what has not got its name."""
        os.close(self._descriptor)
        if self._hidden is not None:
            with suppress(FileNotFoundError):
                os.unlink(self._hidden, dir_fd=self._folder)
        os.close(self._folder)

    def _target(self) -> str:
        """The path of the file itself: a link is followed when its target is to be replaced, and only then."""
        if not os.path.lexists(self.name):
            return self.name
        if not self._force:
            raise _there_already(self.name)
        if not Path(self.name).exists():
            raise Failure(f"{self.name} is a link to nothing; remove it, or name another file")
        return os.path.realpath(self.name)

    def _begun(self) -> int:
        """A new file in the folder, without a name where that can be."""
        if Path("/proc/self/fd").is_dir():  # the way from a descriptor to a name
            try:
                return os.open(b".", os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o666, dir_fd=self._folder)
            except OSError as error:
                if error.errno not in _NAMELESS_UNKNOWN:
                    raise local(error, self.name) from error
        hidden = self._fresh_name()
        try:
            descriptor = os.open(hidden, _NEW, 0o666, dir_fd=self._folder)
        except OSError as error:
            raise local(error, self.name) from error
        self._hidden = hidden
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return descriptor

    def _fresh_name(self) -> bytes:
        return os.fsencode(f"{_PART[0]}{uuid.uuid4().hex}{_PART[1]}")

    def _publish(self) -> None:
        final = os.fsencode(os.path.basename(self._final))
        try:
            publish(self._descriptor, self._folder, final, self._hidden)
        except Unsupported:
            if self._hidden is None:
                raise
            # Neither links nor renames that refuse to replace: an empty file holds the name until ours has it.
            os.close(os.open(final, _NEW, 0o666, dir_fd=self._folder))
            os.rename(self._hidden, final, src_dir_fd=self._folder, dst_dir_fd=self._folder)

    def _replace(self) -> None:
        if self._hidden is None:
            self._hidden = self._fresh_name()
            publish(self._descriptor, self._folder, self._hidden)
        final = os.fsencode(os.path.basename(self._final))
        os.rename(self._hidden, final, src_dir_fd=self._folder, dst_dir_fd=self._folder)

    def _write(self, piece: bytes, at: int) -> None:
        view = memoryview(piece)
        while view:
            written = os.pwrite(self._descriptor, view, at)
            view, at = view[written:], at + written


def landing(path: str, file_name: str, *, force: bool) -> Landing:
    """The landing for `-o path`; in a folder the file gets the name `file_name`."""
    if is_stdout(path):
        return Stdout()
    if (number := _descriptor_in(path)) is not None:
        return Device(path, number)
    if Path(path).is_dir():
        if not _can_be_a_name(file_name):
            raise Failure(f"the image's name cannot be a file's; name the file in {path} with -o")
        path = os.path.join(path, file_name)
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return NewFile(path, force=force)
    if stat.S_ISDIR(mode):
        raise Failure(f"{path} is a folder")
    if stat.S_ISREG(mode):
        return NewFile(path, force=force)
    if stat.S_ISBLK(mode) and not force:
        raise Misuse(f"{path} is a device; --force overwrites what is on it")
    return Device(path)


def is_stdout(path: str) -> bool:
    """Whether this is standard output, by one of its names."""
    return path in {"-", "/dev/stdout"} or _descriptor_in(path) == 1


def abandoned(landed: Landing) -> list[str]:
    """What killed runs have left in the folder of a new file: the hidden files that nobody locks."""
    if not isinstance(landed, NewFile):
        return []
    folder = os.path.dirname(landed.name) or "."
    with suppress(OSError):
        names = [name for name in os.listdir(folder) if name.startswith(_PART[0]) and name.endswith(_PART[1])]
        return [os.path.join(folder, name) for name in sorted(names) if _is_abandoned(os.path.join(folder, name))]
    return []


def _is_abandoned(path: str) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _descriptor_in(path: str) -> int | None:
    """The number of the descriptor that such a path means; opening it anew would begin at the start of its file."""
    if path == "/dev/stderr":
        return 2
    match = _DESCRIPTOR.fullmatch(path)
    return int(match[1]) if match else None


def _can_be_a_name(name: str) -> bool:
    try:
        return name not in {"", ".", ".."} and b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def _there_already(name: str) -> Failure:
    return Failure(f"{name} is there already; --force replaces it")


def _opened(path: str, flags: int, shown: str = "") -> int:
    try:
        return os.open(path, flags | os.O_CLOEXEC, 0o666)
    except ValueError:
        raise Failure(f"{shown or path}: no file can have this name") from None
    except OSError as error:
        raise local(error, shown or path) from error
