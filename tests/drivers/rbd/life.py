"""A process that does one thing to a store in Ceph, and is killed at a step of it: `python -m tests.drivers.rbd.life`.

It prints the address by which the cluster knows it, and "go" before it begins; afterwards which steps there were. Without
arguments it forks for each order on its standard input, and says "end" and the exit code after each.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from orlop.drivers.rbd import driver as module
from orlop.drivers.rbd.driver import RbdDriver
from orlop.drivers.rbd.settings import RbdSettings
from orlop.store import Store

from tests.drivers.rbd.watched import watched_modules

BLOCK = 64 * 1024
DATA = bytes(range(256)) * (3 * BLOCK // 256) + b"end"


class _Steps:
    """Counts steps once it is on, and ends the process at one of them."""

    def __init__(self, last: int) -> None:
        self._last = last
        self.on = False
        self.done: list[str] = []

    def __call__(self, name: str) -> None:
        if not self.on:
            return
        self.done.append(name)
        if len(self.done) == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def _broken() -> Iterator[bytes]:
    yield DATA[: 2 * BLOCK]
    raise ZeroDivisionError


def _live(store: Store, task: str, image_id: str) -> None:
    if task == "put":
        store.put(image_id, DATA, digests=("md5",))
    elif task == "abort":
        with suppress(ZeroDivisionError):
            store.put(image_id, _broken())
    elif task == "copy":
        store.copy(store.locate("original"), store, image_id)
    elif task == "delete":
        store.delete(store.locate(image_id))
    elif task == "clean":
        for left in list(store.leftovers()):
            if left.image_id == image_id:
                store.clean(left)


def main(conf: str, task: str, image_id: str, last: int, settings: str) -> None:
    """One life."""
    steps = _Steps(last)
    watched: Any = watched_modules(steps)
    module.load_modules = lambda: watched  # type: ignore[attr-defined]
    driver = RbdDriver(RbdSettings(**{"conf": conf, "user": "glance", "block_size": BLOCK, **json.loads(settings)}))
    _say(driver.cluster.get_addrs())
    store = Store("life", driver)
    with suppress(Exception):
        store.stat("rbd://there-is-no-such-image")
    steps.on = True
    _say("go")
    _live(store, task, image_id)
    steps.on = False
    _say(json.dumps(steps.done))


def serve() -> None:
    """Fork for each order on standard input, which costs less than to start anew."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                main(*json.loads(line))
            finally:
                sys.stdout.flush()
                os._exit(0)
        _say(f"end {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
    else:
        serve()
