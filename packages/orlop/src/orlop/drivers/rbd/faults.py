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
    InUse: frozenset({errno.EBUSY, errno.ENOTEMPTY}),
    StoreFull: frozenset({errno.ENOSPC, errno.EDQUOT}),
    PermissionDenied: frozenset({errno.EPERM, errno.EACCES, errno.EROFS}),
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
