"""Giving an image another name: what makes an upload visible, and a deleted image invisible, all at once.

librbd has a rename, but of several that come at once to the same new name all can succeed (seen with Ceph 16.2). So
here it is done by the same steps. What decides is the object of the image's own name, `rbd_id.ID`: the image is there
from the moment in which it is made, exclusively, until it is removed.

A process may die, or lose the cluster's answer, between any two steps. So they are in an order in which the directory
always leads to the image, and each can be done again: under a hidden name while anything is to be finished or taken
back (`leftovers.py`), under its own otherwise.
"""

from __future__ import annotations

from orlop.drivers.rbd.connection import Pool
from orlop.drivers.rbd.directory import claim_name, forget_name, listed_id, rename_listed
from orlop.drivers.rbd.modules import Modules


def publish(modules: Modules, pool: Pool, image: str, hidden: str, name: str) -> None:
    """Give an image its own name instead of a hidden one, if no other image has it; again is harmless.

    Raises:
        rados.ObjectExists: another image has it; nothing has been done.
    """
    if listed_id(modules, pool, name) not in {None, image}:
        raise modules.rados.ObjectExists(f"rbd_directory shows another image as {name}", errno=17)
    claim_name(modules, pool, name, image)
    forget_name(modules, pool, hidden, image)
    rename_listed(modules, pool, image, hidden, name)


def hide(modules: Modules, pool: Pool, image: str, name: str, hidden: str) -> None:
    """Give an image a hidden name instead of its own, also in a full cluster; again is harmless."""
    rename_listed(modules, pool, image, name, hidden)
    forget_name(modules, pool, name, image)


def show(modules: Modules, pool: Pool, image: str, hidden: str, name: str) -> None:
    """Take `hide` back, as far as it has come.

    Raises:
        rados.ObjectExists: another image has the name by now; this one stays hidden.
    """
    claim_name(modules, pool, name, image, full=True)
    forget_name(modules, pool, hidden, image)
    rename_listed(modules, pool, image, hidden, name)
