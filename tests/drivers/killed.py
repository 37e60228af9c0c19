"""The processes that are killed: `python -m tests.drivers.killed`, with their orders on standard input.

One process imports the driver once and forks for each order, so that a life costs milliseconds. A life ends by SIGKILL
at a given moment, counted and not timed: the n-th call that the driver makes to the system or to its own functions. So
the same seed ends it at the same place however busy the machine is. With a `delay` the kernel ends it that many seconds
after the moment (SIGALRM, whose default action no Python code sees): in the middle of whatever it does then.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from types import CodeType, FrameType
from typing import Any

from orlop.driver import Driver
from orlop.gate.content import payload
from orlop.store import Store

_OURS = (f"{os.sep}orlop{os.sep}drivers{os.sep}", f"{os.sep}orlop{os.sep}support{os.sep}")
_TALK = frozenset({"send", "sendall", "sendmsg", "recv", "recv_into", "connect", "do_handshake", "read", "write"})
_KILLED = frozenset({-signal.SIGKILL, -signal.SIGALRM})
"""The exit codes of who was killed; a library that gives up ends by another signal, SIGABRT for one."""
_DEPTH = 3
"""How many frames above a system call may belong to helpers such as pathlib."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a life does, and when it ends; `moment` 0: by itself."""

    task: str
    reopen: Callable[[], Driver[Any]]
    arguments: dict[str, Any] = field(default_factory=dict)
    moment: int = 0
    delay: float = 0.0


def encoded(order: Order) -> bytes:
    """The order as a line."""
    return base64.b64encode(pickle.dumps(order)) + b"\n"


class Moments:
    """Counts what the driver does, in all threads, and ends the process at one of these moments."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._numbers = count(1)
        self._known: dict[CodeType, bool] = {}
        self._counting = False
        self.seen = 0

    def start(self) -> None:
        """Count from here on; threads have to be begun after the first call of this."""
        self._counting = True
        threading.setprofile(self._event)
        sys.setprofile(self._event)

    def stop(self) -> None:
        """Count no more."""
        self._counting = False
        sys.setprofile(None)

    def _event(self, frame: FrameType, event: str, argument: Any) -> None:
        if not self._counting or not self._matters(frame, event, argument):
            return
        self.seen = next(self._numbers)
        if self.seen == self._order.moment:
            if self._order.delay:
                signal.setitimer(signal.ITIMER_REAL, self._order.delay)
            else:
                os.kill(os.getpid(), signal.SIGKILL)

    def _matters(self, frame: FrameType, event: str, argument: Any) -> bool:
        if event in {"call", "return"}:
            return self._ours(frame)
        if getattr(argument, "__module__", None) in {"posix", "fcntl"}:
            return self._near(frame)
        owner = type(getattr(argument, "__self__", None)).__name__
        return owner in {"socket", "_SSLSocket"} and argument.__name__ in _TALK

    def _near(self, frame: FrameType | None) -> bool:
        for _ in range(_DEPTH):
            if frame is None:
                return False
            if self._ours(frame):
                return True
            frame = frame.f_back
        return False

    def _ours(self, frame: FrameType) -> bool:
        code = frame.f_code
        known = self._known.get(code)
        if known is None:
            known = self._known[code] = any(part in code.co_filename for part in _OURS)
        return known


def _put(store: Store, image_id: str, size: int, seed: int) -> str:
    return store.put(image_id, payload(size, seed)).location


class _Enough(Exception):
    """The source breaks."""


def _abort(store: Store, image_id: str, size: int, seed: int) -> None:
    def breaking() -> Iterator[bytes]:
        yield payload(size, seed)
        raise _Enough

    try:
        store.put(image_id, breaking())
    except _Enough:
        return


def _delete(store: Store, location: str) -> None:
    store.delete(location)


def _copy(store: Store, location: str, image_id: str) -> str:
    return store.copy(location, store, image_id).location


def _clean(store: Store) -> None:
    for leftover in store.leftovers():
        store.clean(leftover)


def _die_writing(store: Store, image_id: str, size: int, seed: int) -> None:
    """Killed when all bytes but the last have been taken."""

    def deadly() -> Iterator[bytes]:
        yield payload(size, seed)[:-1]
        os.kill(os.getpid(), signal.SIGKILL)

    store.put(image_id, deadly())


_TASKS: dict[str, Callable[..., object]] = {
    "put": _put, "abort": _abort, "delete": _delete, "copy": _copy, "clean": _clean, "die_writing": _die_writing,
}  # fmt: skip


def _live(order: Order) -> dict[str, object]:
    moments = Moments(order)
    threading.setprofile(moments._event)
    store = Store("killed", order.reopen())
    moments.start()
    try:
        result = _TASKS[order.task](store, **order.arguments)
    except Exception as error:  # noqa: BLE001 - told to the parent
        return {"failure": f"{type(error).__name__}: {error}", "moments": moments.seen}
    finally:
        moments.stop()
    return {"result": result, "moments": moments.seen}


def _fork(order: Order) -> dict[str, object]:
    """Live in a process of its own; how that ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        os.write(writing, json.dumps(_live(order)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    ended = os.waitstatus_to_exitcode(status)
    if said:
        answer: dict[str, object] = json.loads(said)
        return {"killed": False, **answer}
    if ended not in _KILLED:
        return {"failure": f"it ended by itself with {ended}; what it said last is on standard error"}
    return {"killed": True}


def _stand_by(order: Order) -> None:
    """Put an image whose source waits in the middle for a line on standard input."""

    def source() -> Iterator[bytes]:
        data = payload(order.arguments["size"], order.arguments["seed"])
        yield data[: len(data) // 2]
        _say("half")
        sys.stdin.buffer.readline()
        yield data[len(data) // 2 :]

    _say(Store("bystander", order.reopen()).put(order.arguments["image_id"], source()).location)


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for line in iter(sys.stdin.buffer.readline, b""):
        told: Order = pickle.loads(base64.b64decode(line))
        if told.task == "stand_by":
            _stand_by(told)
        else:
            _say(_fork(told))
