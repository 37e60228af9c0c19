"""The pass-through, seen from the test."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from servers.debian import need
from servers.folder import mounts_under, private_folder
from servers.fuse_faults.rule import Rule
from servers.missing import Missing
from servers.process import Process
from servers.server import Server

PACKAGES = ("python3-fusepy", "fuse3")
# fusepy is Debian's, and so for Debian's own Python.
_PYTHON = Path("/usr/bin/python3")
_REPOSITORY = Path(__file__).resolve().parents[2]


class FuseFaults(Server):
    """The folder `root`, seen at `.path` through a file system whose calls can be made to fail.

    xattrs: False: extended attributes are not supported, as on many network file systems.
    space:  False: it does not say how full it is: all counts are 0.
    names:  "case": found without regard to upper and lower case; "nfd": kept in the Unicode form of
            macOS; "dots": without dots and blanks at the end, as on SMB; empty: as they are.
    folder: where the mount point and the log are; by default a new one.
    """

    def __init__(
        self, root: Path, *, xattrs: bool = True, space: bool = True, names: str = "", folder: Path | None = None
    ) -> None:
        super().__init__()
        self._root = root
        self._xattrs = xattrs
        self._space = space
        self._names = names
        self._given = folder

    def _start(self) -> None:
        need(*PACKAGES)
        _need_fuse()
        folder = private_folder(self._undo, self._given, "fuse")
        self.path = folder / "mnt"
        self.path.mkdir()
        self._undo.callback(self.path.rmdir)
        self._undo.callback(self._unmount_dead)
        ours, theirs = socket.socketpair()
        with theirs:
            process = Process(
                [
                    _PYTHON, "-m", "servers.fuse_faults.passthrough",
                    self._root.resolve(), self.path, str(theirs.fileno()), str(int(self._xattrs)),
                    str(int(self._space)), self._names,
                ],
                ready=lambda: self.path in mounts_under(self.path),
                folder=folder,
                environment={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": str(_REPOSITORY),
                    "LC_ALL": "C.UTF-8",
                },
                pass_fds=[theirs.fileno()],
            )  # fmt: skip
            self._start_part(process)
        self._lines: TextIO = self._undo.enter_context(ours.makefile("rw"))
        self._undo.callback(ours.close)
        self._undo.callback(self._release_and_unmount, ours, process)

    def set(self, *rules: Rule) -> None:
        """Put these rules in force, in place of those before."""
        self._tell([rule.as_json() for rule in rules])

    def clear(self) -> None:
        """Let all calls succeed again, and let go what hangs."""
        self.set()

    @contextmanager
    def rules(self, *rules: Rule) -> Iterator[None]:
        """Put rules in force for a while."""
        self.set(*rules)
        try:
            yield
        finally:
            self.clear()

    def hanging(self) -> int:
        """Return how many calls hang."""
        count: int = self._tell(None)["hanging"]
        return count

    def calls(self) -> dict[str, int]:
        """Return how often each operation was called since the start."""
        counts: dict[str, int] = self._tell(None)["calls"]
        return counts

    def wait_for_hang(self, count: int = 1, deadline: float = 10) -> None:
        """Wait until so many calls hang."""
        end = time.monotonic() + deadline
        while self.hanging() < count:
            if time.monotonic() > end:
                raise TimeoutError(f"after {deadline:g} s no {count} calls hang")
            time.sleep(0.01)

    def _tell(self, message: list[dict[str, str | int | float | bool]] | None) -> dict[str, Any]:
        self._lines.write(json.dumps(message) + "\n")
        self._lines.flush()
        answer: dict[str, Any] = json.loads(self._lines.readline())
        return answer

    def _release_and_unmount(self, ours: socket.socket, process: Process) -> None:
        """End the conversation: the other side then releases and unmounts by itself."""
        ours.shutdown(socket.SHUT_RDWR)
        end = time.monotonic() + 10
        while process.running() and time.monotonic() < end:
            time.sleep(0.01)

    def _unmount_dead(self) -> None:
        """Unmount what a process that was killed has left: with it, all its hangs have ended."""
        if self.path in mounts_under(self.path):
            subprocess.run(["fusermount3", "-u", "-z", str(self.path)], check=True)


def _need_fuse() -> None:
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError as error:
        raise Missing(f"FUSE: /dev/fuse cannot be opened: {error.strerror}") from error
