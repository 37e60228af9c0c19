"""What the error numbers of librados and librbd mean for a store."""

from __future__ import annotations

import errno

from orlop.drivers.rbd.modules import Modules
from orlop.errors import (
    AlreadyExists,
    BackendError,
    InUse,
    InvalidLocation,
    NotFound,
    PermissionDenied,
    StoreError,
    StoreFull,
    Unavailable,
)

SHUTDOWN = errno.ESHUTDOWN
"""What a client hears that the cluster has shut out (a blocklisted one): only a new connection helps."""

_MEANING: dict[type[StoreError], frozenset[int]] = {
    NotFound: frozenset({errno.ENOENT}),
    AlreadyExists: frozenset({errno.EEXIST}),
    # EROFS: another client holds the image's lock and does not give it up. A key that may only read is EPERM.
    InUse: frozenset({errno.EBUSY, errno.ENOTEMPTY, errno.EROFS, errno.EMLINK, errno.ECHILD}),
    StoreFull: frozenset({errno.ENOSPC, errno.EDQUOT}),
    PermissionDenied: frozenset({errno.EPERM, errno.EACCES}),
    InvalidLocation: frozenset({errno.ENAMETOOLONG}),
    Unavailable: frozenset(
        {
            errno.ETIMEDOUT, errno.EAGAIN, errno.EINTR, SHUTDOWN, errno.ENOTCONN, errno.ECONNREFUSED,
            errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ESTALE,
        }
    ),
}  # fmt: skip


def meaning(modules: Modules, error: BaseException) -> type[StoreError] | None:
    """The class of error that one of Ceph's stands for; None for anything else."""
    if isinstance(error, UnicodeError):
        return BackendError  # a name or value of somebody else's that is no text
    if not isinstance(error, modules.rados.Error | modules.rbd.Error):
        return None
    if isinstance(error, modules.rados.RadosStateError | modules.rados.IoctxStateError):
        return Unavailable  # closed by another thread; the next call opens it anew
    number = number_of(error)
    return next((kind for kind, numbers in _MEANING.items() if number in numbers), BackendError)


def number_of(error: BaseException) -> int | None:
    """The error number of an error of Ceph, where it has one."""
    number = getattr(error, "errno", None)
    return abs(number) if isinstance(number, int) else None
