"""Sharing blocks between two files of one file system (reflink): a copy that moves no data."""

from __future__ import annotations

import errno
import fcntl

_FICLONE = 0x40049409
"""ioctl_ficlone(2): the file shares the other's blocks; they are copied when one of the two is written."""
_CANNOT = frozenset({errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ENOSYS, errno.EISDIR})


def share_blocks(original: int, copy: int) -> bool:
    """Make the file open as `copy` share all blocks of the one open as `original`; False when that is impossible."""
    try:
        fcntl.ioctl(copy, _FICLONE, original)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
        return False
    return True
