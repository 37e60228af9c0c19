"""A copy between two stores on one file system that can share blocks: what it moves, and how long it takes."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.contest import Result, Standing, contest, worker
from bench.material import MIB
from servers.filesystems import LoopFilesystem
from servers.missing import Missing


def reflink_copy(
    source: Path, rounds: int, say: Callable[[str], None]
) -> tuple[dict[str, Standing], dict[str, int]] | str:
    """Standings of the copy and of a plain put, and the bytes by which each grew the file system; or why not."""
    try:
        with LoopFilesystem("xfs", size=4096 * MIB) as filesystem:
            return _measure(filesystem.path, source, rounds, say)
    except Missing as error:
        return str(error)


def _measure(
    folder: Path, source: Path, rounds: int, say: Callable[[str], None]
) -> tuple[dict[str, Standing], dict[str, int]]:
    python = Path(sys.executable)
    base = {"folder": str(folder / "one"), "digests": ["sha256"]}
    first = {**base, "operation": "put", "source": str(source), "keep": True}
    worker(python, "orlop_worker.py", first)()
    grown: dict[str, int] = {}

    os.sync()
    at_first = os.statvfs(folder)

    def measured(name: str, task: dict[str, Any]) -> Result:
        shutil.rmtree(folder / "two", ignore_errors=True)
        _wait_for_free(folder, at_first.f_bfree)
        result = worker(python, "orlop_worker.py", task)()
        os.sync()
        grown[name] = (at_first.f_bfree - os.statvfs(folder).f_bfree) * at_first.f_frsize
        return result

    copy: dict[str, Any] = {**base, "operation": "copy", "image": "image", "target": str(folder / "two")}
    stream: dict[str, Any] = {
        "operation": "put",
        "folder": str(folder / "two"),
        "source": str(source),
        "digests": ["sha256"],
        "keep": True,
    }
    standings = contest({"copy": lambda: measured("copy", copy), "put": lambda: measured("put", stream)}, rounds, say)
    return standings, grown


def _wait_for_free(folder: Path, blocks: int) -> None:
    """Wait until what was deleted is free again; xfs does that in its own time."""
    for _ in range(300):
        os.sync()
        if os.statvfs(folder).f_bfree >= blocks - 256:
            return
        time.sleep(0.1)
    raise RuntimeError("what was deleted has not become free")
