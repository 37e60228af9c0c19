"""Stores for these tests, and a look at their directories that does not go through the driver."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from orlop.configuration import settings_of
from orlop.store import Store
from orlop.stores import open_settings

MIB = 1024 * 1024
REPOSITORY = Path(__file__).resolve().parents[3]


def file_store(path: Path | None = None, **settings: Any) -> Store:
    """A store as a configuration makes it, with deadlines that only a hang reaches; quick, without fsync."""
    table = {"driver": "file", "deadline": 30, "commit_deadline": 30, "fsync": False, **settings}
    if path is not None:
        table["path"] = str(path)
    return open_settings("disk", settings_of("disk", table))


def several(*directories: dict[str, Any] | Path, **settings: Any) -> Store:
    """A store in several directories."""
    tables = [one if isinstance(one, dict) else {"path": str(one)} for one in directories]
    return file_store(directories=tables, **settings)


def names_in(folder: Path) -> list[str]:
    """All names in a directory, the hidden ones too."""
    return sorted(os.listdir(folder))


def staged_in(folder: Path) -> list[Path]:
    """The staged files of uploads, dead or alive."""
    return [folder / name for name in names_in(folder) if name.startswith(".orlop-upload-")]


def open_files() -> int:
    """How many descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))


def wait_until(true: Callable[[], object], seconds: float = 20) -> None:
    """Wait for something that surely happens; the limit only guards against a hang of the test."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"it has not happened within {seconds:g} s")
        time.sleep(0.005)


def pieces(count: int, size: int = MIB) -> Iterator[bytes]:
    """`count` pieces of different, solid bytes."""
    for number in range(count):
        yield bytes([number % 255 + 1]) * size


class Child:
    """A process that puts what it is given into a store: `python -m tests.drivers.file.putter`."""

    def __init__(self, folder: Path, image_id: str, stop_at: str = "", **more: Any) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.drivers.file.putter", str(folder), image_id, stop_at],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            **more,
        )

    def feed(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def wait_for_bytes(self, size: int) -> Path:
        """Wait until its staged file has so many bytes."""
        wait_until(lambda: self._staged(size))
        return self._staged(size)[0]

    def _staged(self, size: int) -> list[Path]:
        return [path for path in staged_in(self.folder) if path.stat().st_size >= size]

    def wait_for_call(self) -> None:
        """Let it come to the end of its source, and wait until it stands still."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        assert self._process.stdout.readline() == b"reached\n"

    def finish(self) -> str:
        """Let it come to the end of its source, and return what it says."""
        said, _ = self._process.communicate(timeout=60)
        return str(said.decode()).strip()

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=60)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()


@contextmanager
def child(folder: Path, image_id: str, stop_at: str = "", **more: Any) -> Iterator[Child]:
    one = Child(folder, image_id, stop_at, **more)
    try:
        yield one
    finally:
        one.kill()
