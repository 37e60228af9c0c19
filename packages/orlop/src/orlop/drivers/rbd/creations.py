"""Which images are just being made, so that what a killed maker leaves is found.

librbd makes `rbd_id.NAME` first, and lists the image afterwards: killed in between, it leaves an object that nothing
leads to. So a name stands in an object of the pool's before it is given to librbd, and until its image is open.
"""

from __future__ import annotations

import time
from contextlib import suppress

from orlop.drivers.rbd.connection import Pool
from orlop.drivers.rbd.directory import FULL_FORCE
from orlop.drivers.rbd.modules import Modules

CREATIONS = "orlop_creations"
"""The object; it stays, as Ceph's own `rbd_directory` does, and is empty while nothing is being made."""
PATIENCE = 30.0
"""Seconds after which a maker counts as dead. One that lives all the same begins anew under another name."""
_MOST = 10_000


def record(modules: Modules, pool: Pool, name: str) -> None:
    """Remember that an image of this name is about to be made.

    Raises:
        rados.OSError: with EOPNOTSUPP in an erasure-coded pool, where nothing is left.
    """
    rados = modules.rados
    with rados.WriteOpCtx() as step:
        step.new(rados.LIBRADOS_CREATE_IDEMPOTENT)
        pool.ioctx.set_omap(step, (name,), (str(int(time.time())).encode(),))
        pool.ioctx.operate_write_op(step, CREATIONS)


def forget(modules: Modules, pool: Pool, name: str) -> None:
    """Forget a name: what has been made of it is found by itself from here on."""
    rados = modules.rados
    with suppress(rados.ObjectNotFound), rados.WriteOpCtx() as step:
        pool.ioctx.remove_omap_keys(step, (name,))
        pool.ioctx.operate_write_op(step, CREATIONS, flags=FULL_FORCE)


def living(modules: Modules, pool: Pool) -> set[str]:
    """The names of the images that are just being made."""
    return {name for name, age in _ages(modules, pool).items() if age < PATIENCE}


def overdue(modules: Modules, pool: Pool) -> set[str]:
    """The names whose makers are dead."""
    return {name for name, age in _ages(modules, pool).items() if age >= PATIENCE}


def _ages(modules: Modules, pool: Pool) -> dict[str, float]:
    rados = modules.rados
    with rados.ReadOpCtx() as look:
        found, _ = pool.ioctx.get_omap_vals(look, "", "", _MOST)
        try:
            pool.ioctx.operate_read_op(look, CREATIONS)
        except rados.ObjectNotFound:
            return {}
        now = time.time()
        # A clock that is ahead of this one makes nothing immortal.
        return {name: abs(now - _number(at)) for name, at in found}


def _number(text: bytes) -> float:
    try:
        return float(int(text))
    except ValueError:
        return 0.0
