"""Where `orlop get` puts an image: a file that appears whole or not at all, a device, or stdout."""

from __future__ import annotations

import errno
import os
import stat
import uuid
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

from orlop.cli.failures import Failure, Misuse, local
from orlop.cli.output import write_bytes
from orlop.transfer import solid_pieces

_GRAIN = 4096
"""Zeros are left out in pieces of this many bytes: the block of every usual file system."""


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

    def __init__(self, path: str) -> None:
        self.name = path
        self._descriptor = _opened(path, os.O_WRONLY)

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
            if error.errno not in {errno.EINVAL, errno.EROFS}:  # a FIFO or /dev/null has nothing to wait for
                raise local(error, self.name) from error

    def leave(self) -> None:
        """Close it."""
        os.close(self._descriptor)


class NewFile(Landing):
    """A file that is written beside its final name and gets that at the end. Zeros become holes."""

    def __init__(self, path: str, *, force: bool) -> None:
        self.name = path
        self._final = os.path.realpath(path)
        self._force = force
        self._refuse_existing()
        self._partial = os.path.join(os.path.dirname(self._final), f".orlop-{uuid.uuid4().hex}.part")
        self._size = 0
        self._descriptor = _opened(self._partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, path)

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
            self._refuse_existing()
            os.replace(self._partial, self._final)
        except OSError as error:
            raise local(error, self.name) from error

    def leave(self) -> None:
        """Remove what has not got its name."""
        os.close(self._descriptor)
        with suppress(FileNotFoundError):
            os.unlink(self._partial)

    def _write(self, piece: bytes, at: int) -> None:
        view = memoryview(piece)
        while view:
            written = os.pwrite(self._descriptor, view, at)
            view, at = view[written:], at + written

    def _refuse_existing(self) -> None:
        if not self._force and os.path.lexists(self._final):
            raise Failure(f"{self.name} is there already; --force replaces it")


def landing(path: str, file_name: str, *, force: bool) -> Landing:
    """The landing for `-o path`; in a folder the file gets the name `file_name`."""
    if path == "-":
        return Stdout()
    if Path(path).is_dir():
        path = os.path.join(path, file_name)
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return NewFile(path, force=force)
    if stat.S_ISDIR(mode):
        raise Failure(f"{path} is a folder")
    if stat.S_ISREG(mode):
        return NewFile(path, force=force)
    if stat.S_ISBLK(mode) and not force:
        raise Misuse(f"{path} is a device; --force overwrites what is on it")
    return Device(path)


def _opened(path: str, flags: int, shown: str = "") -> int:
    try:
        return os.open(path, flags | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise local(error, shown or path) from error
