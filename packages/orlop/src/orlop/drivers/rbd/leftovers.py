"""What dead processes have left in a pool: uploads, and deleted images, some of which wait for their clones to go.

Whatever state they are in: a removal that was broken off leaves an image that is listed and cannot be opened, or an
entry of the trash that librbd does not list; a creation, a name that nothing leads to.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from orlop.drivers.rbd import creations
from orlop.drivers.rbd.connection import Pool
from orlop.drivers.rbd.creating import remove_begun
from orlop.drivers.rbd.deleting import restore
from orlop.drivers.rbd.directory import Trashed, id_of, listed, listed_id, trashed
from orlop.drivers.rbd.extents import data_of, holes_are_known
from orlop.drivers.rbd.metadata import metadata_of
from orlop.drivers.rbd.modules import Modules
from orlop.drivers.rbd.names import DELETED, IMAGE_KEY, UPLOAD
from orlop.drivers.rbd.removing import remove_image
from orlop.errors import InvalidLocation
from orlop.records import Leftover

_TRASH = "trash:"
_OURS = (UPLOAD, DELETED)


def leftovers_in(modules: Modules, pool: Pool) -> Iterator[Leftover]:
    """What dead processes have left. A dead process counts as alive until its watch ends, 30 seconds usually."""
    making = creations.living(modules, pool)
    seen = set()
    for name, image in listed(modules, pool):
        if name.startswith(_OURS) and name not in making:
            seen.add(image)
            if (found := _dead(modules, pool, image, name)) is not None:
                yield found
    for entry in trashed(modules, pool):
        ours = entry.image not in seen and entry.name.startswith(_OURS)
        if ours and (found := _free(modules, pool, entry)) is not None:
            yield found
    for name in creations.overdue(modules, pool):
        if listed_id(modules, pool, name) is None:
            yield Leftover(_place(pool, name), 0)


def remove_leftover(modules: Modules, pool: Pool, place: str) -> None:
    """Remove a leftover; one that is gone, or whose writer lives, is left alone.

    Raises:
        InvalidLocation: such a name has no leftover.
    """
    name = place.rpartition("/")[2]
    if name.startswith(_TRASH):
        image = name.removeprefix(_TRASH)
        for entry in trashed(modules, pool):
            if entry.image == image and entry.name.startswith(_OURS) and _free(modules, pool, entry) is not None:
                remove_image(modules, pool, entry.name, image)
        return
    if not name.startswith(_OURS):
        raise InvalidLocation("this is no leftover of an upload")
    if name in creations.living(modules, pool):
        return
    found = listed_id(modules, pool, name)
    if found is None:
        if name in creations.overdue(modules, pool):
            remove_begun(modules, pool, name)
        return
    dead = _dead(modules, pool, found, name)
    if dead is None:
        return
    if dead.image_id is not None and id_of(modules, pool, dead.image_id) == found:
        # Whoever published or deleted it has died in the very act; it has its own name, so it is there.
        restore(modules, pool, found, name, dead.image_id)
        creations.forget(modules, pool, name)
    else:
        remove_image(modules, pool, name, found)


def claimed(modules: Modules, pool: Pool, image: str, name: str) -> str | None:
    """The id of the image that is there although the directory has a hidden name of it; see `renaming.py`."""
    if not name.startswith(_OURS):
        return None
    try:
        with modules.rbd.Image(pool.ioctx, image_id=image, read_only=True) as opened:
            own = metadata_of(opened).get(IMAGE_KEY)
    except modules.rbd.ImageNotFound:
        return None
    return own if own is not None and id_of(modules, pool, own) == image else None


def _dead(modules: Modules, pool: Pool, image: str, name: str) -> Leftover | None:
    try:
        with modules.rbd.Image(pool.ioctx, image_id=image, read_only=True) as opened:
            if list(opened.watchers_list()):
                return None
            return _leftover(modules, pool, opened, name)
    except modules.rbd.ImageNotFound:  # its removal, or its creation, was broken off
        return Leftover(_place(pool, name), 0)


def _free(modules: Modules, pool: Pool, entry: Trashed) -> Leftover | None:
    if entry.deferred_until > time.time():
        return None  # the cluster's settings keep what was deleted for some time
    try:
        with modules.rbd.Image(pool.ioctx, image_id=entry.image, read_only=True) as opened:
            if list(opened.watchers_list()) or (not entry.removing and list(opened.list_snaps())):
                return None  # its snapshots go with the last of its clones
            return _leftover(modules, pool, opened, _TRASH + entry.image)
    except modules.rbd.ImageNotFound:
        return Leftover(_place(pool, _TRASH + entry.image), 0)


def _leftover(modules: Modules, pool: Pool, image: Any, name: str) -> Leftover:
    size = image.size()
    taken = sum(last - first for first, last in data_of(image, size)) if holes_are_known(modules, image) else size
    modified = image.modify_timestamp().replace(tzinfo=UTC)
    return Leftover(_place(pool, name), taken, metadata_of(image).get(IMAGE_KEY), modified)


def _place(pool: Pool, name: str) -> str:
    return "/".join(part for part in (pool.name, pool.namespace, name) if part)
