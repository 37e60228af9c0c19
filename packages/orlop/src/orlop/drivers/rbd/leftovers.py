"""What dead processes have left in a pool: uploads, and deleted images, some of which wait for their clones to go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from orlop.drivers.rbd.connection import Pool
from orlop.drivers.rbd.deleting import finish
from orlop.drivers.rbd.extents import data_of, holes_are_known
from orlop.drivers.rbd.modules import Modules
from orlop.drivers.rbd.names import DELETED, IMAGE_KEY, UPLOAD
from orlop.drivers.rbd.renaming import identity, settle
from orlop.errors import InvalidLocation
from orlop.records import Leftover

_TRASH = "trash:"


def leftovers_in(modules: Modules, pool: Pool) -> Iterator[Leftover]:
    """What dead processes have left. A dead process counts as alive until its watch ends, 30 seconds usually."""
    rbd = modules.rbd
    for name in rbd.RBD().list(pool.ioctx):
        if name.startswith((UPLOAD, DELETED)) and (found := _dead(modules, pool, name)) is not None:
            yield found
    for entry in rbd.RBD().trash_list(pool.ioctx):
        if entry["name"].startswith((UPLOAD, DELETED)) and (found := _free(modules, pool, entry)) is not None:
            yield found


def remove_leftover(modules: Modules, pool: Pool, place: str) -> None:
    """Remove a leftover; one that is gone, or whose writer lives, is left alone.

    Raises:
        InvalidLocation: such a name has no leftover.
    """
    rbd = modules.rbd
    name = place.rpartition("/")[2]
    if name.startswith(_TRASH):
        entries = {entry["id"]: entry for entry in rbd.RBD().trash_list(pool.ioctx)}
        entry = entries.get(name.removeprefix(_TRASH), {"name": ""})
        if entry["name"].startswith((UPLOAD, DELETED)) and _free(modules, pool, entry) is not None:
            rbd.RBD().trash_remove(pool.ioctx, entry["id"])
        return
    if not name.startswith((UPLOAD, DELETED)):
        raise InvalidLocation("this is no leftover of an upload")
    found = _dead(modules, pool, name)
    if found is None:
        return
    if name.startswith(UPLOAD) and found.image_id is not None:
        image = identity(modules, pool, name)
        if image is not None and identity(modules, pool, found.image_id) == image:
            settle(modules, pool, found.image_id)  # its writer died in the very act of making it visible: it is
            return
    finish(modules, pool, name)


def _dead(modules: Modules, pool: Pool, name: str) -> Leftover | None:
    try:
        with modules.rbd.Image(pool.ioctx, name, read_only=True) as image:
            if list(image.watchers_list()):
                return None
            return _leftover(modules, pool, image, name)
    except modules.rbd.ImageNotFound:
        return None


def _free(modules: Modules, pool: Pool, entry: dict[str, Any]) -> Leftover | None:
    try:
        with modules.rbd.Image(pool.ioctx, image_id=entry["id"], read_only=True) as image:
            if list(image.watchers_list()) or list(image.list_snaps()):
                return None  # its snapshots go with the last of its clones
            return _leftover(modules, pool, image, _TRASH + entry["id"])
    except modules.rbd.ImageNotFound:
        return None


def _leftover(modules: Modules, pool: Pool, image: Any, name: str) -> Leftover:
    size = image.size()
    taken = sum(last - first for first, last in data_of(image, size)) if holes_are_known(modules, image) else size
    place = "/".join(part for part in (pool.name, pool.namespace, name) if part)
    modified = image.modify_timestamp().replace(tzinfo=UTC)
    assert isinstance(modified, datetime)
    return Leftover(place, taken, dict(image.metadata_list()).get(IMAGE_KEY), modified)
