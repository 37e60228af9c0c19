"""Deleting an image: first nobody sees it any more, by a rename; then it goes.

A clone of clone-v1 keeps its parent's snapshot protected, and so in place. Clones of clone-v2 do not: then the image
waits in the pool's trash until they are gone, and `leftovers` finds it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from orlop.drivers.rbd.connection import Pool
from orlop.drivers.rbd.modules import Modules
from orlop.drivers.rbd.names import DELETED, IMAGE_KEY, fresh
from orlop.drivers.rbd.renaming import FULL_FORCE, forget_name, identity, rename, settle
from orlop.errors import InUse, NotFound

_CLOSING = 2.0
"""Seconds in which a reader may come to its end: whoever has got the last byte may delete the image at once, before the
one that sent it has closed it."""
_LOOK = 0.05
_TRASH = "rbd_trash"
_READ = "it is open elsewhere: someone reads it, writes it or copies it"
_CLONED = "other images are copy-on-write clones of it (rbd children); flatten or delete them first"


def delete_image(modules: Modules, pool: Pool, name: str, snapshot: str, *, bare: bool) -> None:
    """Delete an image with its snapshot.

    `bare`: also one without any snapshot, as a delete by other means leaves it that was broken off.

    Raises:
        InUse: it is open elsewhere, has clones that keep it, or further snapshots; it is as it was.
        NotFound, rbd.ImageNotFound: there is none.
    """
    rbd = modules.rbd
    hidden = fresh(DELETED)
    with rbd.Image(pool.ioctx, name) as image:
        names = snapshots_of(image)
        if snapshot not in names and (names or not bare):
            raise NotFound("there is no such snapshot")
        if others := [one for one in names if one != snapshot]:
            raise InUse(f"it has further snapshots: {', '.join(others)}")
        _require_alone(image, _CLOSING)
        image.metadata_set(IMAGE_KEY, name)
        with _unprotected(modules, image, names):
            settle(modules, pool, name)
            rename(modules, pool, image.id(), name, hidden, full=True)
            try:
                # Who has opened it before the rename is seen here, and nobody can open it any more.
                _require_alone(image)
            except InUse:
                rename(modules, pool, image.id(), hidden, name, full=True)
                raise
    finish(modules, pool, hidden)


def finish(modules: Modules, pool: Pool, hidden: str) -> None:
    """Remove an image that nobody sees, or sees any more; one with clones goes into the trash."""
    rbd = modules.rbd
    with rbd.Image(pool.ioctx, hidden) as image:
        alias, found = dict(image.metadata_list()).get(IMAGE_KEY), image.id()
        for snapshot in snapshots_of(image):
            if image.is_protected_snap(snapshot):
                image.unprotect_snap(snapshot)
            image.remove_snap(snapshot)
    if alias and identity(modules, pool, alias) == found:  # by a rename whose process has died
        forget_name(modules, pool, alias)
    _have_a_trash(modules, pool)
    try:
        rbd.RBD().remove(pool.ioctx, hidden)
    except rbd.ImageHasSnapshots:  # those of clones of clone-v2
        rbd.RBD().trash_move(pool.ioctx, hidden, 0)


def snapshots_of(image: Any) -> list[str]:
    """The names of an image's snapshots, without those that only its clones still have."""
    return [one["name"] for one in image.list_snaps() if one.get("namespace", 0) == 0]


def _have_a_trash(modules: Modules, pool: Pool) -> None:
    """Make the object of the pool's trash, unless it is there.

    librbd removes an image by way of the trash. In a full cluster it cannot make that object, if nothing has ever been
    removed from the pool, and says that there is no such image (seen with Ceph 16.2).
    """
    with modules.rados.WriteOpCtx() as step:
        step.new(modules.rados.LIBRADOS_CREATE_IDEMPOTENT)
        pool.ioctx.operate_write_op(step, _TRASH, flags=FULL_FORCE)


@contextmanager
def _unprotected(modules: Modules, image: Any, snapshots: list[str]) -> Iterator[None]:
    """A context in which these snapshots are unprotected, and afterwards too unless it fails."""
    changed = [one for one in snapshots if image.is_protected_snap(one)]
    for snapshot in changed:
        try:
            image.unprotect_snap(snapshot)
        except modules.rbd.ImageBusy as error:
            raise InUse(_CLONED) from error
    try:
        yield
    except BaseException:
        for snapshot in changed:
            with suppress(modules.rbd.Error):  # the first error is the one that says what happened
                image.protect_snap(snapshot)
        raise


def _require_alone(image: Any, patience: float = 0.0) -> None:
    """Raise when someone else has the image open, for longer than `patience` (seconds).

    This call has it open once, and that is one watcher.
    """
    until = time.monotonic() + patience
    while len(list(image.watchers_list())) > 1:
        if time.monotonic() >= until:
            raise InUse(_READ)
        time.sleep(_LOOK)
