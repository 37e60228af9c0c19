"""A copy inside the cluster: a copy-on-write clone, which a manager of the cluster then makes independent.

The manager moves the data; none of them pass through this process.
"""

from __future__ import annotations

import json
import threading
from typing import Any

from orlop.drivers.rbd.blob import RbdBlob
from orlop.drivers.rbd.connection import Pool
from orlop.drivers.rbd.creating import creation
from orlop.drivers.rbd.directory import has_parent, id_of
from orlop.drivers.rbd.modules import Modules
from orlop.drivers.rbd.pools import parsed
from orlop.drivers.rbd.settings import RbdSettings
from orlop.errors import Unavailable, Unsupported

_ANSWER = 10
"""Seconds in which a manager must answer; a cluster can be without one."""
_LOOK = 0.02
_LONGEST_LOOK = 1.0


class Cloning:
    """The clone of one image, under a name in a pool."""

    def __init__(self, modules: Modules, settings: RbdSettings, blob: RbdBlob, pool: Pool, name: str) -> None:
        self._modules = modules
        self._settings = settings
        self._blob = blob
        self._pool = pool
        self._name = name

    def require_possible(self) -> None:
        """Raise Unsupported where the image is in another cluster, or has nothing that can be cloned."""
        if self._blob.pool.fsid != self._pool.fsid or self._blob.snapshot is None:
            raise Unsupported("only an image of the same cluster, with a snapshot, can be cloned")

    def begin(self) -> None:
        """Make the clone, which has no data of its own yet.

        Raises:
            Unsupported: the image cannot be cloned.
        """
        source = self._blob.pool
        rbd = self._modules.rbd
        try:
            rbd.RBD().clone(
                source.ioctx, self._blob.name, self._blob.snapshot, self._pool.ioctx, self._name,
                **creation(self._settings),
            )  # fmt: skip
        except (rbd.InvalidArgument, rbd.FunctionNotSupported, rbd.OperationNotSupported) as error:
            raise Unsupported("the image is not one that can be cloned: its snapshot is not protected") from error

    def flatten(self, unwanted: threading.Event) -> None:
        """Have a manager of the cluster copy the data, and wait for it.

        Raises:
            Unsupported: no manager will.
        """
        place = f"{self._pool.name}/{self._pool.namespace}" if self._pool.namespace else self._pool.name
        task = self._ask({"prefix": "rbd task add flatten", "image_spec": f"{place}/{self._name}"})["id"]
        image = id_of(self._modules, self._pool, self._name)
        if image is None:
            raise Unavailable("the clone that was just made for this upload is gone")
        pause = _LOOK
        while has_parent(self._pool, image):
            if unwanted.wait(pause):
                self._ask({"prefix": "rbd task cancel", "task_id": task})
                raise Unavailable("the upload has been aborted")
            pause = min(2 * pause, _LONGEST_LOOK)

    def _ask(self, command: dict[str, str]) -> Any:
        rados = self._modules.rados
        text = json.dumps(command | {"format": "json"})
        try:
            code, answer, reason = self._pool.cluster.mgr_command(text, b"", timeout=_ANSWER)
        except rados.Error as error:
            raise Unsupported(f"no manager of the cluster copies images: {error}") from error
        if code:
            raise Unsupported(f"no manager of the cluster copies images for this user: {reason or code}")
        return parsed(answer)
