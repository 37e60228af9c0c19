"""Who uses an image: those who have it open, hold its lock, or keep it by a group, a mirror or snapshots."""

from __future__ import annotations

import time
from typing import Any

from orlop.drivers.rbd.modules import Modules
from orlop.errors import InUse

CLOSING = 2.0
"""Seconds in which a reader may come to its end: whoever has got the last byte may delete the image at once, before the
one that sent it has closed it."""
CLONED = "other images are copy-on-write clones of it (rbd children); flatten or delete them first"
_LOOK = 0.05
_AUTOMATIC = "auto "
"""The cookies of the locks that librbd takes by itself begin so; whoever holds one has the image open."""
_OF_GROUP = 1
"""The namespace of the snapshots that belong to those of a group."""


def snapshots_of(image: Any) -> list[str]:
    """The names of an image's snapshots, without those that only its clones still have."""
    return [one["name"] for one in image.list_snaps() if one.get("namespace", 0) in {0, _OF_GROUP}]


def require_unused(modules: Modules, image: Any) -> None:
    """Raise InUse where somebody has said that the image is to stay, though nobody has it open."""
    rbd = modules.rbd
    if lockers := _lockers(image):
        raise InUse(f"it is locked by {lockers}; rbd lock remove, or whoever holds the lock, frees it")
    if group := image.group().get("name"):
        raise InUse(f"it belongs to the group {group}; rbd group image remove takes it out")
    try:
        mirrored = image.mirror_image_get_info()
    except rbd.Error:  # this cluster, or this key, knows nothing of mirrors: then the image is not one
        return
    if mirrored["state"] == rbd.RBD_MIRROR_IMAGE_ENABLED and not mirrored["primary"]:
        raise InUse("it is the mirror of an image in another cluster; delete it there, or rbd mirror image promote")


def require_alone(image: Any, patience: float = 0.0) -> None:
    """Raise when someone else has the image open, for longer than `patience` (seconds).

    This call has it open once, and that is one watcher.
    """
    until = time.monotonic() + patience
    while len(watchers := list(image.watchers_list())) > 1:
        if time.monotonic() >= until:
            clients = ", ".join(sorted(f"client.{one['id']} at {one['addr']}" for one in watchers))
            raise InUse(
                f"it is open elsewhere: someone reads it, writes it or copies it (the watchers, this one among them: "
                f"{clients}); a process that was killed counts for half a minute"
            )
        time.sleep(_LOOK)


def _lockers(image: Any) -> str:
    """Who holds locks that were taken by hand (`rbd lock add`), in words."""
    found = image.list_lockers()
    holders = found["lockers"] if found else []
    return ", ".join(
        f"{client} at {address} ({cookie})" for client, cookie, address in holders if not cookie.startswith(_AUTOMATIC)
    )
