"""Giving an image another name: what makes an upload visible, and a deleted image invisible, all at once.

In a pool, `rbd_id.NAME` holds Ceph's own id of an image, and `rbd_directory` both. librbd has a rename, but of several
that come at once to the same new name all can succeed (seen with Ceph 16.2). So here it is done by the same steps, of
which the first one decides: who makes `rbd_id.NEW` was first. librbd makes a new image in the same way.

Where a process has died between two of the steps, an image answers to two names; `settle` ends that.
"""

from __future__ import annotations

from contextlib import suppress

from orlop.drivers.rbd.connection import Pool
from orlop.drivers.rbd.modules import Modules

_DIRECTORY = "rbd_directory"
_ID_OBJECT = "rbd_id."
_CLASS = "rbd"

FULL_FORCE = 1 << 7
"""LIBRADOS_OPERATION_FULL_FORCE of librados.h: what a full cluster does all the same, for it makes room."""


def identity(modules: Modules, pool: Pool, name: str) -> str | None:
    """Ceph's own id of the image of this name; None when there is none."""
    try:
        with modules.rbd.Image(pool.ioctx, name, read_only=True) as image:
            found: str = image.id()
            return found
    except modules.rbd.ImageNotFound:
        return None


def rename(modules: Modules, pool: Pool, image: str, old: str, new: str, *, full: bool = False) -> None:
    """Rename the image with this id of Ceph's; with `full` also in a full cluster, where it is the way to room.

    Raises:
        rados.ObjectExists: there is one of the new name; nothing has been done.
    """
    rados = modules.rados
    with rados.WriteOpCtx() as step:
        step.new(rados.LIBRADOS_CREATE_EXCLUSIVE)
        step.execute(_CLASS, "set_id", _encoded(image))
        pool.ioctx.operate_write_op(step, _ID_OBJECT + new, flags=FULL_FORCE if full else 0)
    try:
        _rename_in_directory(pool, image, old, new)
    except BaseException:
        forget_name(modules, pool, new)
        raise
    forget_name(modules, pool, old)


def settle(modules: Modules, pool: Pool, name: str) -> None:
    """Finish a rename to `name` that its process could not: the directory says another name of the same image."""
    image = identity(modules, pool, name)
    listed = {entry["id"]: entry["name"] for entry in modules.rbd.RBD().list2(pool.ioctx)}
    if image is not None and image in listed and listed[image] != name:
        _rename_in_directory(pool, image, listed[image], name)
        forget_name(modules, pool, listed[image])


def forget_name(modules: Modules, pool: Pool, name: str) -> None:
    """Remove a name by which an image answers."""
    with suppress(modules.rados.ObjectNotFound):
        pool.ioctx.remove_object(_ID_OBJECT + name)


def _rename_in_directory(pool: Pool, image: str, old: str, new: str) -> None:
    pool.ioctx.execute(_DIRECTORY, _CLASS, "dir_rename_image", _encoded(old, new, image))


def _encoded(*texts: str) -> bytes:
    """Texts as the OSDs' classes take them: each with its length before it."""
    parts = [text.encode() for text in texts]
    return b"".join(len(part).to_bytes(4, "little") + part for part in parts)
