"""Deleting an image: first nobody sees it any more, by a rename; then it goes.

A clone of clone-v1 keeps its parent's snapshot protected, and so in place. Clones of clone-v2 do not: then the image
waits in the pool's trash until they are gone, and `leftovers` finds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from orlop.drivers.rbd.connection import Pool
from orlop.drivers.rbd.directory import forget_name, listed_name, rename_listed, trashed
from orlop.drivers.rbd.modules import Modules
from orlop.drivers.rbd.names import DELETED, IMAGE_KEY, SNAPSHOT, fresh
from orlop.drivers.rbd.removing import remove_image
from orlop.drivers.rbd.renaming import hide, show
from orlop.drivers.rbd.usage import CLONED, CLOSING, require_alone, require_unused, snapshots_of
from orlop.errors import InUse, NotFound


def delete_image(modules: Modules, pool: Pool, name: str, snapshot: str, image: str, *, bare: bool) -> None:
    """Delete the image of this name and of this id of Ceph's, with its snapshot.

    `bare`: also one without any snapshot, as a delete by other means leaves it that was broken off.

    Raises:
        InUse: it is open elsewhere, locked, has clones that keep it, or further snapshots; it is as it was.
        NotFound, rbd.ImageNotFound: there is none.
    """
    hidden = fresh(DELETED)
    with modules.rbd.Image(pool.ioctx, image_id=image) as opened:
        names = snapshots_of(opened)
        if snapshot not in names and (names or not bare):
            raise NotFound("there is no such snapshot")
        if others := [one for one in names if one != snapshot]:
            raise InUse(f"it has further snapshots: {', '.join(others)}")
        require_unused(modules, opened)
        require_alone(opened, CLOSING)
        opened.metadata_set(IMAGE_KEY, name)
        with _unprotected(modules, opened, names):
            _settle(modules, pool, image, name)
            hide(modules, pool, image, name, hidden)
            try:
                # Who has opened it before the rename is seen here, and nobody can open it any more.
                require_alone(opened)
            except InUse:
                show(modules, pool, image, hidden, name)
                raise
    remove_image(modules, pool, hidden, image)


def finish_deletion(modules: Modules, pool: Pool, name: str, image: str) -> bool:
    """Finish the deletion of an image, whatever has its name now; False when nothing of it is left.

    Raises:
        rbd.Error: it cannot be finished now.
    """
    listed = listed_name(modules, pool, image)
    if listed is None:
        removing = (entry for entry in trashed(modules, pool) if entry.image == image and entry.removing)
        listed = next((entry.name for entry in removing), None)
    if listed is None or not (listed == name or listed.startswith(DELETED)):
        return False  # or it has another name of its own by now, which is not the one that is meant
    remove_image(modules, pool, listed, image)
    return True


def restore(modules: Modules, pool: Pool, image: str, hidden: str, name: str) -> None:
    """Make an image whole that still has its own name: its deletion, or its publishing, was broken off."""
    show(modules, pool, image, hidden, name)
    with modules.rbd.Image(pool.ioctx, image_id=image) as opened:
        if SNAPSHOT in snapshots_of(opened) and not opened.is_protected_snap(SNAPSHOT):
            opened.protect_snap(SNAPSHOT)


def _settle(modules: Modules, pool: Pool, image: str, name: str) -> None:
    """Have the directory show an image by its own name: a hidden one is of a rename that was broken off."""
    listed = listed_name(modules, pool, image)
    if listed is not None and listed != name:
        forget_name(modules, pool, listed, image)
        rename_listed(modules, pool, image, listed, name)


@contextmanager
def _unprotected(modules: Modules, image: Any, snapshots: list[str]) -> Iterator[None]:
    """A context in which these snapshots are unprotected, and afterwards too unless it fails."""
    changed = [one for one in snapshots if image.is_protected_snap(one)]
    for snapshot in changed:
        try:
            image.unprotect_snap(snapshot)
        except modules.rbd.ImageBusy as error:
            raise InUse(CLONED) from error
    try:
        yield
    except BaseException:
        for snapshot in changed:
            with suppress(modules.rbd.Error):  # the first error is the one that says what happened
                image.protect_snap(snapshot)
        raise
