"""Another process on the same backend: to be killed, or to be measured."""

from __future__ import annotations

import base64
import json
import os
import pickle
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Self

from orlop.driver import Driver

_PATIENCE = 60.0


class Child:
    """A process that runs one task of `orlop.gate.child`; it answers with lines of JSON.

    The driver travels as a pickle through a pipe: no secret is on a command line or in the environment. `locale` is
    that of the process; empty: the present one.
    """

    def __init__(self, task: str, reopen: Callable[[], Driver[Any]], locale: str = "", **arguments: object) -> None:
        try:
            order = base64.b64encode(pickle.dumps((task, reopen, arguments)))
        except Exception as error:
            raise AssertionError(
                f"the driver cannot be opened in another process; give a 'reopen' fixture: {error}"
            ) from error
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        if locale:  # without what Python does by itself, which not every process has
            environment |= {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        # What counts is what the driver holds. glibc keeps freed memory for each thread, as many threads as happen to
        # run at once: on a busy machine that was more than all of the blocks.
        environment.setdefault("MALLOC_ARENA_MAX", "2")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "orlop.gate.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(order + b"\n")
        self._process.stdin.flush()
        self._rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def answer(self) -> Any:
        """The next line that the child says; None when it has ended."""
        until = time.monotonic() + _PATIENCE
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                assert selector.select(max(0.0, until - time.monotonic())), "the other process says nothing"
                more = os.read(self._process.stdout.fileno(), 65536)
                if not more:
                    self._complain()
                    return None
                self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return json.loads(line)

    def answers(self) -> list[Any]:
        """Every line that is still to come, until the child ends."""
        return list(iter(self.answer, None))

    def kill(self) -> None:
        """`kill -9`, and wait until it is dead. Its last words can still be heard."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def _complain(self) -> None:
        code = self._process.wait()
        assert self._process.stderr is not None
        said = self._process.stderr.read().decode(errors="replace").strip().rpartition("\n")[2]
        assert code in {0, -signal.SIGKILL}, f"the other process failed: {said}"
