"""One live connection to a cluster. It ends when nobody holds it any more, or with the process."""

from __future__ import annotations

import threading
import weakref
from contextlib import suppress
from typing import Any

from orlop.drivers.rbd.forking import let_go_after_fork, never_freed

_GRACE = 2.0
"""Seconds that the end of a connection is waited for; with a cluster that does not answer it ends by itself, later."""


class Session:
    """A connection of librados.

    cluster: librados' own object; it is never shut down while a thread holds this.
    """

    def __init__(self, cluster: Any) -> None:
        self.cluster = cluster
        self.fsid: str = cluster.get_fsid()
        self._end = weakref.finalize(self, _shut_down, cluster)
        let_go_after_fork(self)

    def leave_to_parent(self) -> None:
        """Never end it in a forked child."""
        self._end.detach()
        never_freed(self.cluster)


def _shut_down(cluster: Any) -> None:
    thread = threading.Thread(target=cluster.shutdown, name="orlop-rados-shutdown", daemon=True)
    with suppress(RuntimeError):  # so late that there are no new threads: the end of the process closes its sockets
        thread.start()
        thread.join(_GRACE)
