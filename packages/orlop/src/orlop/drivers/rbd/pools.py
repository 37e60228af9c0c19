"""What a pool is like, and what is wrong with it: missing, of a kind that images cannot be in, full."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from orlop.drivers.rbd.connection import Connection
from orlop.drivers.rbd.faults import number_of
from orlop.drivers.rbd.settings import RbdSettings
from orlop.errors import BackendError, InvalidSettings

_ERASURE = 3
"""The type of an erasure-coded pool."""


@contextmanager
def explained(connection: Connection, settings: RbdSettings) -> Iterator[None]:
    """A context that makes an image: what it cannot be made in is told by its setting."""
    rados, rbd = connection.modules
    try:
        yield
    except (rbd.ImageNotFound, rados.ObjectNotFound):
        connection.require_pool(settings.pool)
        if settings.data_pool is not None:
            connection.require_pool(settings.data_pool, "data_pool")
        raise
    except (rbd.Error, rados.Error) as error:
        if number_of(error) == errno.EOPNOTSUPP:
            raise InvalidSettings(unsuitable(settings)) from error
        raise


def unsuitable(settings: RbdSettings) -> str:
    """What to do about a pool that images cannot be in."""
    if settings.data_pool is None:
        return (
            f"pool: {settings.pool!r} is erasure-coded, and cannot have the names and headers of images; set "
            f"data_pool = {settings.pool!r}, and pool to a replicated one"
        )
    return (
        f"pool must be a replicated pool, and data_pool one that can be overwritten: {settings.pool!r} or "
        f"{settings.data_pool!r} is not; ceph osd pool set {settings.data_pool} allow_ec_overwrites true"
    )


def properties(cluster: Any) -> dict[str, tuple[bool, frozenset[str]]]:
    """Of each pool: whether it is erasure-coded, and its flags. Empty where the monitors do not say."""
    code, answer, _ = cluster.mon_command(
        json.dumps({"prefix": "osd pool ls", "detail": "detail", "format": "json"}), b""
    )
    if code:
        return {}
    try:
        return {
            pool["pool_name"]: (pool["type"] == _ERASURE, frozenset(str(pool["flags_names"]).split(",")))
            for pool in parsed(answer)
        }
    except (KeyError, TypeError):
        return {}


def parsed(answer: bytes) -> Any:
    """A daemon's answer in JSON.

    Raises:
        BackendError: it is something else.
    """
    try:
        return json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise BackendError("the cluster's answer is no JSON") from error
