"""Removing an image that nobody sees, whatever has been removed of it before.

librbd removes an image by way of the pool's trash, in a dozen steps, and a process may die after any of them. librbd's
own remove goes on where another one has ended, as long as it is given a name: so the image gets its hidden name again.
"""

from __future__ import annotations

import errno
from contextlib import suppress

from orlop.drivers.rbd import creations
from orlop.drivers.rbd.connection import Pool
from orlop.drivers.rbd.directory import (
    FULL_FORCE,
    TRASH,
    claim_name,
    forget_name,
    has_header,
    id_of,
    list_again,
    listed_name,
    trashed,
)
from orlop.drivers.rbd.faults import number_of
from orlop.drivers.rbd.modules import Modules
from orlop.drivers.rbd.usage import CLONED, snapshots_of
from orlop.errors import BackendError, InUse

_ROUNDS = 4
"""How often librbd's remove is asked; each time there is less to be removed."""


def remove_image(modules: Modules, pool: Pool, hidden: str, image: str) -> None:
    """Remove an image with its snapshots; one with clones of clone-v2 goes into the trash.

    Raises:
        InUse: a clone of clone-v1 keeps it.
        rbd.Error: something else does, or the cluster does not answer; it can be called again.
    """
    rbd = modules.rbd
    with suppress(rbd.ImageNotFound):
        _remove_snapshots(modules, pool, image)
    _have_a_trash(modules, pool)
    for done in range(_ROUNDS):
        listed = listed_name(modules, pool, image) is not None
        entry = None if listed else next((one for one in trashed(modules, pool) if one.image == image), None)
        try:
            if entry is not None:
                if done and not entry.removing:  # the cluster's settings keep there for some time what is removed
                    creations.forget(modules, pool, hidden)
                    return
                _remove_from_trash(modules, pool, hidden, image)
            elif listed or has_header(modules, pool, image) or id_of(modules, pool, hidden) == image:
                claim_name(modules, pool, hidden, image, full=True)
                rbd.RBD().remove(pool.ioctx, hidden)
            else:
                creations.forget(modules, pool, hidden)
                return
        except rbd.ImageHasSnapshots:  # those of clones of clone-v2
            rbd.RBD().trash_move(pool.ioctx, hidden, 0)
            creations.forget(modules, pool, hidden)
            return
        except rbd.ImageNotFound:  # the name alone was left
            forget_name(modules, pool, hidden, image)
    raise BackendError(f"Ceph has removed {hidden}, and something of it is still there")


def _remove_from_trash(modules: Modules, pool: Pool, hidden: str, image: str) -> None:
    forget_name(modules, pool, hidden, image)
    try:
        modules.rbd.RBD().trash_remove(pool.ioctx, image, True)
    except modules.rbd.Error as error:
        if number_of(error) not in {errno.EBUSY, errno.EUCLEAN}:
            raise
        # Whoever moved it there died before it said that it was done: so it is moved there again.
        list_again(pool, hidden, image)


def _remove_snapshots(modules: Modules, pool: Pool, image: str) -> None:
    with modules.rbd.Image(pool.ioctx, image_id=image) as opened:
        for snapshot in snapshots_of(opened):
            if opened.is_protected_snap(snapshot):
                try:
                    opened.unprotect_snap(snapshot)
                except modules.rbd.ImageBusy as error:
                    raise InUse(CLONED) from error
            opened.remove_snap(snapshot)


def _have_a_trash(modules: Modules, pool: Pool) -> None:
    """Make the object of the pool's trash, unless it is there.

    In a full cluster librbd cannot make that object, if nothing has ever been removed from the pool, and says that
    there is no such image (seen with Ceph 16.2).
    """
    with modules.rados.WriteOpCtx() as step:
        step.new(modules.rados.LIBRADOS_CREATE_IDEMPOTENT)
        pool.ioctx.operate_write_op(step, TRASH, flags=FULL_FORCE)
