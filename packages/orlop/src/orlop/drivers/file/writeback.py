"""Bringing data to the disk while more of it comes, so that the last fsync has little left to do.

Without this the kernel may keep a large part of its memory as unwritten data, on a big host a hundred GiB, and all of
that has to reach a slow disk within the one call at the end (sync_file_range(2)).
"""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

_WINDOW = 32 * 1024 * 1024
"""Bytes: so much is on its way to the disk, and so much more may be waiting."""
_WAIT_BEFORE, _WRITE, _WAIT_AFTER = 1, 2, 4
_NOT_HERE = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ESPIPE})


class Writeback:
    """Follows one file that is written from its start to its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._function = getattr(ctypes.CDLL(None, use_errno=True), "sync_file_range", None)
        if self._function is not None:
            self._function.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]
        self._on_its_way = 0
        self._begun = 0

    def written(self, descriptor: int, end: int) -> None:
        """Take note that the file is written up to `end`; wait for the window before the last one.

        Raises:
            OSError: data did not reach the disk.
        """
        if self._function is None or end < self._begun + _WINDOW:
            return
        self._sync(descriptor, self._on_its_way, self._begun, _WAIT_BEFORE | _WRITE | _WAIT_AFTER)
        self._sync(descriptor, self._begun, end, _WRITE)
        self._on_its_way, self._begun = self._begun, end

    def _sync(self, descriptor: int, start: int, end: int, how: int) -> None:
        if self._function is None or start == end:
            return
        if self._function(descriptor, start, end - start, how) == 0:
            return
        number = ctypes.get_errno()
        if number not in _NOT_HERE:
            raise OSError(number, os.strerror(number), str(self._path))
        self._function = None  # the fsync at the end does all of it then
