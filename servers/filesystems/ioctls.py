"""Calls to a mounted file system, by ioctl on its folder; numbers from linux/fs.h."""

import errno
import fcntl
import os
import struct
import threading
from pathlib import Path

from servers.missing import Missing

_FREEZE = 0xC0045877
_THAW = 0xC0045878
_SHUTDOWN = 0x8004587D
_NO_LOG_FLUSH = 2  # what is only in memory is lost, the journal's last entries too


def shut_down(folder: Path) -> None:
    """Stop the file system as if the power had failed: nothing reaches the disk any more."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
    except OSError as error:
        if error.errno in {errno.ENOTTY, errno.EOPNOTSUPP, errno.EINVAL}:
            raise Missing(f"this file system cannot be shut down: {error.strerror}") from error
        raise
    finally:
        os.close(descriptor)


class Freezer:
    """Makes writers wait, for a minute at most: a test that writes by mistake cannot be killed.

    The folder is opened beforehand, lest thawing wait as well.
    """

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self._lock = threading.Lock()
        self._frozen = False
        self._watchdog = threading.Timer(60, self.thaw)
        self._watchdog.daemon = True

    def freeze(self) -> None:
        """Let every write wait until thaw()."""
        fcntl.ioctl(self._descriptor, _FREEZE, 0)
        self._frozen = True
        self._watchdog.start()

    def thaw(self) -> None:
        """Let the writes go on."""
        with self._lock:
            if self._frozen:
                fcntl.ioctl(self._descriptor, _THAW, 0)
                self._frozen = False

    def close(self) -> None:
        """Thaw, and let the folder go, so that it can be unmounted."""
        self._watchdog.cancel()
        self.thaw()
        os.close(self._descriptor)
