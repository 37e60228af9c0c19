"""Where a sparse file has data and where holes (lseek(2), SEEK_DATA)."""

from __future__ import annotations

import errno
import os
import stat
from functools import lru_cache


@lru_cache(maxsize=8)
def zeros(size: int) -> bytes:
    """A block of zeros, shared by all who ask for the same size."""
    return bytes(size)


def is_sparse(status: os.stat_result) -> bool:
    """Whether a file takes less space than its size says."""
    return stat.S_ISREG(status.st_mode) and status.st_blocks * 512 < status.st_size


def next_data(descriptor: int, position: int) -> int | None:
    """The first byte at or after `position` that is not in a hole; None when only a hole is left."""
    try:
        return os.lseek(descriptor, position, os.SEEK_DATA)
    except OSError as error:
        # Only ENXIO means "no data after it"; where the kernel cannot tell, everything counts as data.
        return None if error.errno == errno.ENXIO else position
