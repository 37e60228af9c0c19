"""How everybody sees that an upload is alive: an object that its process writes anew again and again.

Swift has no locks. A process that is killed writes no more, and after a while what it has left counts as dead.
"""

from __future__ import annotations

import threading
import weakref
from contextlib import suppress

from orlop.drivers.swift.client import Client
from orlop.drivers.swift.removing import remove_wholly

_BEATS = 5
"""How often in `leftover_seconds` a living upload shows itself."""


class Beacon:
    """An empty object that is written anew from `begin` on, as long as this lives, or until `stop`."""

    def __init__(self, client: Client, container: str, name: str) -> None:
        self._client = client
        self._container, self._name = container, name
        self._stopped = threading.Event()
        self._writing = threading.Lock()
        self._writes = 0
        self._beating = False
        weakref.finalize(self, self._stopped.set)

    def begin(self) -> None:
        """Write it the first time; called again when that failed."""
        self._write()
        if not self._beating:
            self._beating = True
            every = self._client.settings.leftover_seconds / _BEATS
            threading.Thread(
                target=_beat, args=(weakref.ref(self), self._stopped, every), name="orlop-beacon", daemon=True
            ).start()

    def stop(self) -> None:
        """Write it no more; what is being written has arrived then. May be called twice."""
        self._stopped.set()
        with self._writing:
            pass

    def remove(self) -> bool:
        """Stop, and remove the object; False when somebody else had removed it.

        A container that keeps versions on a stack (`X-Versions-Location`) brings the one before back at each DELETE.

        Raises:
            Unavailable: they come without end.
        """
        self.stop()
        was_there = self._client.remove(self._container, self._name)
        if was_there and self._writes > 1:
            remove_wholly(self._client, self._container, self._name)
        return was_there

    def again(self) -> None:
        """Write it anew, unless it is stopped; what goes wrong goes right the next time."""
        with self._writing, suppress(Exception):
            if not self._stopped.is_set():
                self._write()

    def _write(self) -> None:
        self._writes += 1
        self._client.ask("PUT", self._container, self._name, body=b"")


def _beat(beacon: weakref.ref[Beacon], stopped: threading.Event, every: float) -> None:
    while not stopped.wait(every):
        if (living := beacon()) is None:
            return
        living.again()
        del living
