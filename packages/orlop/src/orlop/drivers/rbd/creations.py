"""Which images are just being made, so that what a killed maker leaves is found.

librbd makes `rbd_id.NAME` first, and lists the image afterwards: killed in between, it leaves an object that nothing
leads to. So a name stands in an object of the pool's before it is given to librbd, and until its image is open.
"""

from __future__ import annotations

import time
from contextlib import suppress

from orlop.drivers.rbd.connection import Pool
from orlop.drivers.rbd.directory import CLASS, FULL_FORCE, Reader, asked, encoded
from orlop.drivers.rbd.modules import Modules

CREATIONS = "orlop_creations"
"""The object; it stays, as Ceph's own `rbd_directory` does, and is empty while nothing is being made."""
PATIENCE = 30.0
"""Seconds after which a maker counts as dead. One that lives all the same begins anew under another name."""
_MOST = 10_000
_LONGEST = 1 << 20
"""Bytes of the answer that lists them all."""


def record(modules: Modules, pool: Pool, name: str) -> None:
    """Remember that an image of this name is about to be made.

    Raises:
        rados.OSError: with EOPNOTSUPP in an erasure-coded pool, where nothing is left.
    """
    _change(modules, pool, "metadata_set", _ONE + encoded(name, str(int(time.time()))))


def forget(modules: Modules, pool: Pool, name: str) -> None:
    """Forget a name: what has been made of it is found by itself from here on."""
    with suppress(modules.rados.ObjectNotFound):
        _change(modules, pool, "metadata_remove", encoded(name), flags=FULL_FORCE)


def living(modules: Modules, pool: Pool) -> set[str]:
    """The names of the images that are just being made."""
    return {name for name, age in _ages(modules, pool).items() if age < PATIENCE}


def overdue(modules: Modules, pool: Pool) -> set[str]:
    """The names whose makers are dead."""
    return {name for name, age in _ages(modules, pool).items() if age >= PATIENCE}


_ONE = b"\1\0\0\0"
"""How many pairs of a name and a value follow."""


def _change(modules: Modules, pool: Pool, method: str, words: bytes, flags: int = 0) -> None:
    with modules.rados.WriteOpCtx() as step:
        step.execute(CLASS, method, words)
        pool.ioctx.operate_write_op(step, CREATIONS, flags=flags)


def _ages(modules: Modules, pool: Pool) -> dict[str, float]:
    # Not by `get_omap_vals` of Ceph's module: when the answer comes, it writes to where its caller's stack was.
    with suppress(modules.rados.ObjectNotFound):
        words = encoded("") + _MOST.to_bytes(8, "little")
        answer = Reader(asked(pool, CREATIONS, "metadata_list", words, _LONGEST))
        now = time.time()
        # A clock that is ahead of this one makes nothing immortal.
        return {answer.text(): abs(now - _number(answer.text())) for _ in range(answer.number(4))}
    return {}


def _number(text: str) -> float:
    try:
        return float(int(text))
    except ValueError:
        return 0.0
