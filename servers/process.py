"""A command that runs in the background until it is stopped by its pid."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from servers.folder import private_folder
from servers.server import Server

_TAIL = 4000  # bytes of a log that an error shows


class StartError(Exception):
    """A command ended, or did not answer in time; the message holds the tail of its log."""


class Process(Server):
    """A command with its log in a private folder.

    command:  the program, by its path or as found on PATH, and its arguments. It must stay in the
              foreground.
    ready:    asked again and again until it says True; an OSError from it means "not yet". None:
              ready at once.
    folder:   where the log is; by default a new one, removed at the end.
    deadline: seconds until it must be ready.
    grace:    seconds between SIGTERM and SIGKILL.
    pass_fds: file descriptors that the command inherits.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        ready: Callable[[], bool] | None = None,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        deadline: float = 30,
        grace: float = 10,
        pass_fds: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self._command = [str(word) for word in command]
        self._ready = ready
        self._given = folder
        self._environment = None if environment is None else dict(environment)
        self._cwd = cwd
        self._deadline = deadline
        self._grace = grace
        self._pass_fds = tuple(pass_fds)
        self.name = Path(self._command[0]).name
        self._popen: subprocess.Popen[bytes] | None = None

    def _start(self) -> None:
        self.folder = private_folder(self._undo, self._given, self.name)
        self.log = self.folder / f"{self.name}.log"
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=self._cwd or self.folder,
                pass_fds=self._pass_fds,
                # Ctrl-C on the terminal is for the test run, which then stops its servers in their
                # order.
                start_new_session=True,
            )
        self._undo.callback(self._end, self._popen)
        self._wait_until_ready()

    @property
    def pid(self) -> int:
        """The process id."""
        if self._popen is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._popen.pid

    def kill(self) -> None:
        """End it at once, by SIGKILL, and wait for that; `stop` is still harmless afterwards."""
        if self._popen is not None:
            os.killpg(self.pid, signal.SIGKILL)
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)

    def running(self) -> bool:
        """Whether the command has not ended by itself."""
        # Without reaping: until _end() the pid, which is also the number of the group, cannot
        # become another's.
        look = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return self._popen is not None and os.waitid(os.P_PID, self.pid, look) is None

    def tail(self) -> str:
        """Return the end of the log."""
        return self.log.read_bytes()[-_TAIL:].decode(errors="replace").strip() or "(the log is empty)"

    def _wait_until_ready(self) -> None:
        if self._ready is None:
            return
        end = time.monotonic() + self._deadline
        while time.monotonic() < end:
            if not self.running():
                raise StartError(f"{self.name} ended at once; its log:\n{self.tail()}")
            try:
                if self._ready():
                    return
            except OSError:
                pass  # a refused connection, a file that is not there yet
            time.sleep(0.02)
        raise StartError(f"{self.name} was not ready after {self._deadline:g} s; its log:\n{self.tail()}")

    def _end(self, popen: subprocess.Popen[bytes]) -> None:
        pidfd = os.pidfd_open(popen.pid)
        try:
            signal.pidfd_send_signal(pidfd, signal.SIGTERM)
            select.select([pidfd], [], [], self._grace)
            # The command itself, if it did not listen, and whatever it left running in its group.
            os.killpg(popen.pid, signal.SIGKILL)
        finally:
            os.close(pidfd)
        popen.wait()
        self._popen = None
