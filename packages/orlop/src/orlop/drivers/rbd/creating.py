"""How an image is made, and with which options; found again if its maker dies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from orlop.drivers.rbd import creations
from orlop.drivers.rbd.connection import Pool
from orlop.drivers.rbd.directory import id_of, listed_id
from orlop.drivers.rbd.modules import Modules
from orlop.drivers.rbd.names import IMAGE_KEY
from orlop.drivers.rbd.opened import OpenImage
from orlop.drivers.rbd.removing import remove_image
from orlop.drivers.rbd.settings import RbdSettings
from orlop.errors import Unavailable

_BITS = {"layering": 1, "exclusive-lock": 4, "object-map": 8, "fast-diff": 16, "deep-flatten": 32, "journaling": 64}
_STRIPING = 2


def creation(settings: RbdSettings) -> dict[str, Any]:
    """The options for making an image or a clone; what is not among them is as ceph.conf says."""
    options: dict[str, Any] = {"order": settings.object_size.bit_length() - 1}
    if settings.features is not None:
        striping = _STRIPING if settings.stripe_count else 0
        options["features"] = sum(_BITS[name] for name in set(settings.features)) | striping
    if settings.stripe_unit and settings.stripe_count:
        options |= {"stripe_unit": settings.stripe_unit, "stripe_count": settings.stripe_count}
    if settings.data_pool is not None:
        options["data_pool"] = settings.data_pool
    return options


def create_open(
    modules: Modules, pool: Pool, name: str, image_id: str, create: Callable[[], object]
) -> tuple[OpenImage, str]:
    """Have `create` make an image of this hidden name; return it, open, and Ceph's id of it.

    Again is harmless: what an earlier call has made, whose answer was lost, is used, or made anew if it is not whole.
    """
    rbd = modules.rbd
    creations.record(modules, pool, name)
    with suppress(rbd.ImageExists):
        create()
    try:
        image = rbd.Image(pool.ioctx, name)
    except rbd.ImageNotFound as error:
        remove_begun(modules, pool, name)
        raise Unavailable("the image that was just made for this upload is gone; it is made anew") from error
    opened = OpenImage(pool, image)
    try:
        found: str = image.id()
        image.metadata_set(IMAGE_KEY, image_id)
        creations.forget(modules, pool, name)
    except BaseException:
        opened.close()
        raise
    return opened, found


def remove_begun(modules: Modules, pool: Pool, name: str) -> None:
    """Remove what there is of an image under a hidden name, and its record."""
    image = listed_id(modules, pool, name) or id_of(modules, pool, name)
    if image is not None:
        remove_image(modules, pool, name, image)
    else:
        creations.forget(modules, pool, name)
