"""A driver's calls into its backend, met from outside: counted, held, or made to fail. For any driver in Python.

Just before a thread calls from Python into C, the interpreter tells the thread's profile function (`sys.setprofile`).
By then the arguments are there, with the descriptor's number among them, and nothing has happened yet. A profile
function that waits holds the call at exactly this point; one that raises makes the call fail. So a gate can show what
a hung write, a killed process and a failed system call do, at each single step and without waiting for luck.

Calls that only read are not met: between two of those that change something, nobody else can see a difference. What a
driver does in threads of its own is not met either.
"""

from __future__ import annotations

import errno
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, ModuleType
from typing import Any

_PATIENCE = 60.0
"""Seconds after which what was held goes on by itself, so that nothing of a failed case stays."""

_FILES = {"write", "writelines", "truncate", "flush"}
_DATABASE = {"execute", "executemany", "executescript", "commit"}
_CHANGING = {
    "posix": {
        "chmod", "copy_file_range", "fchmod", "fdatasync", "fsync", "ftruncate", "link", "mkdir", "posix_fallocate",
        "pwrite", "pwritev", "remove", "removexattr", "rename", "replace", "rmdir", "sendfile", "setxattr", "splice",
        "symlink", "truncate", "unlink", "utime", "write", "writev",
    },
    "fcntl": {"flock", "ioctl", "lockf"},
    "_socket": {"connect", "connect_ex", "send", "sendall", "sendmsg", "sendto"},
    "_ssl": {"do_handshake", "write"},
    "_io": _FILES,
    "sqlite3": _DATABASE,
}  # fmt: skip
"""By module: the functions, and the methods of its types, that change something outside of the process."""
_HARMLESS = {"_brotli", "charset_normalizer", "cryptography", "markupsafe", "msgpack", "pydantic_core", "yaml"}
"""Extension modules that only compute. Every other one of a third party is taken for an SDK."""
_LOGGING = {"logging", "_pytest"}
_IN_MEMORY = {"BytesIO", "StringIO"}

SYNC = frozenset({"posix.fsync", "posix.fdatasync"})
"""Calls whose failure says that data are lost, although they can still be read."""


def chosen(count: int, most: int) -> list[int]:
    """At most `most` of the numbers from 0 to `count` - 1: the first, the last, and evenly between them."""
    if count <= most:
        return list(range(count))
    return sorted({round(step * (count - 1) / (most - 1)) for step in range(most)})


class Watch:
    """Meets the calls of the threads that are in `watching`.

    at: the number of the call that is met, from 0; None: calls are only counted.
    act: called just before that call is made. What it raises is raised by the call, which is not made then.
    names: the calls so far.
    """

    def __init__(self, at: int | None = None, act: Callable[[], object] = lambda: None) -> None:
        self.names: list[str] = []
        self._at = at
        self._act = act

    @property
    def met(self) -> str:
        """The name of the call that was met; empty when it never came."""
        return self.names[self._at] if self._at is not None and self._at < len(self.names) else ""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Meet what this thread calls meanwhile."""
        before = sys.getprofile()
        sys.setprofile(self._told)
        try:
            yield
        finally:
            sys.setprofile(before)

    def _told(self, frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and not _of_the_log(frame) and (name := _changing(called)):
            self.names.append(name)
            if len(self.names) - 1 == self._at:
                self._act()


def calls_of(work: Callable[[], object]) -> list[str]:
    """Do `work`, and return the calls by which it has changed something."""
    watch = Watch()
    with watch.watching():
        work()
    return watch.names


def failing(at: int) -> Watch:
    """A watch by which one call fails, as one to a broken disk or network does."""

    def fail() -> None:
        raise OSError(errno.EIO, "the gate lets this call fail")

    return Watch(at, fail)


class Held:
    """Work in a thread of its own, held just before one of its calls."""

    def __init__(self, work: Callable[[], object], at: int) -> None:
        self._work = work
        self._watch = Watch(at, self._hold)
        self._stopped = threading.Event()
        self._go = threading.Event()
        self._result: object = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="orlop-gate-held", daemon=True)
        self._thread.start()
        assert self._stopped.wait(_PATIENCE), "what is to be held hangs by itself"
        self.held = not self._ended

    _ended = False

    @property
    def call(self) -> str:
        """The name of the call at which it is held."""
        return self._watch.met

    def release(self) -> None:
        """Let it go on, and wait until it is done."""
        self._go.set()
        self._thread.join(_PATIENCE)
        assert not self._thread.is_alive(), f"what was held at {self.call} never ends"

    def outcome(self) -> object:
        """What it gave; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._result

    @property
    def failed(self) -> bool:
        """Whether it raised something."""
        return self._error is not None

    def _run(self) -> None:
        try:
            with self._watch.watching():
                self._result = self._work()
        except BaseException as error:  # noqa: BLE001 - raised again by `outcome`
            self._error = error
        finally:
            self._ended = True
            self._stopped.set()

    def _hold(self) -> None:
        self._stopped.set()
        self._go.wait(_PATIENCE)


class Meanwhile:
    """Work in a thread of its own that may have to wait for what is held: then it goes on when that is released."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="orlop-gate-meanwhile", daemon=True)
        self._thread.start()

    def tried(self, seconds: float) -> bool:
        """Wait for it; whether it is done, or waits still for what is held."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def finish(self) -> None:
        """Wait until it is done; raises what it raised."""
        assert self.tried(_PATIENCE), "it waits for ever, although nothing is held any more"
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - raised again by `finish`
            self._error = error


def _of_the_log(frame: FrameType) -> bool:
    """Whether the call is one of the log's: to hold it would hold everybody who logs."""
    return str(frame.f_globals.get("__name__")).partition(".")[0] in _LOGGING


def _changing(called: Any) -> str:
    """The name of a C function that changes something outside of the process; empty for others."""
    owner = getattr(called, "__self__", None)
    name: str = called.__name__
    if isinstance(owner, ModuleType):
        module, kind = owner.__name__, ""
    else:
        home = next((one for one in type(owner).__mro__ if name in vars(one)), None)
        if home is None or home.__name__ in _IN_MEMORY:
            return ""
        module, kind = home.__module__, home.__name__
    top = module.partition(".")[0]
    if known := _CHANGING.get(module):
        return f"{module}.{name}" if name in known else ""
    if not kind or top in sys.stdlib_module_names or top in _HARMLESS:
        return ""
    return f"{module}.{kind}.{name}"
