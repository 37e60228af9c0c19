"""What the kernel's error numbers mean for a store (errno(3), open(2), write(2), nfs(5))."""

from __future__ import annotations

import errno

from orlop.errors import (
    AlreadyExists,
    BackendError,
    InUse,
    InvalidLocation,
    PermissionDenied,
    StoreError,
    StoreFull,
    Unavailable,
)

_MEANING: dict[type[StoreError], frozenset[int]] = {
    AlreadyExists: frozenset({errno.EEXIST}),
    PermissionDenied: frozenset({errno.EACCES, errno.EPERM, errno.EROFS}),
    StoreFull: frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMLINK}),
    InUse: frozenset({errno.EBUSY, errno.ETXTBSY}),
    InvalidLocation: frozenset({errno.ENAMETOOLONG, errno.ELOOP, errno.EISDIR}),
    # A file system that has gone away or changed under us; later it may be back. ENOENT is here too: the driver itself
    # says NotFound where an image is looked for, so elsewhere it is a directory that is missing.
    Unavailable: frozenset(
        {
            errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.ETIMEDOUT, errno.EAGAIN, errno.EINTR, errno.EHOSTDOWN,
            errno.EHOSTUNREACH,
            errno.ENETDOWN, errno.ENETUNREACH, errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED,
            errno.ENOTCONN, errno.EREMOTEIO, errno.ESHUTDOWN, errno.ENOLCK, errno.EMFILE, errno.ENFILE,
        }
    ),
}  # fmt: skip


def meaning(error: BaseException) -> type[StoreError] | None:
    """The class of error that an `OSError` of a file operation stands for; None for anything else."""
    if not isinstance(error, OSError):
        return None
    return next((kind for kind, numbers in _MEANING.items() if error.errno in numbers), BackendError)
