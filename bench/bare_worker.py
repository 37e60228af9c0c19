"""The least that it costs in Python to hash and to write at once: no store, no checks, no errors.

Two threads hash what a third one reads and writes. What orlop takes more than this is orlop's own.
"""

from __future__ import annotations

import hashlib
import json
import queue
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any

_BLOCK = 2 << 20
_WRITTEN_AT_ONCE = 512 << 10
_DEPTH = 3
"""Blocks under way to each thread."""


class Hashing:
    """A digest in a thread of its own."""

    def __init__(self, algorithm: str) -> None:
        self._hash = hashlib.new(algorithm)
        self.blocks: queue.Queue[bytes | None] = queue.Queue(_DEPTH)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        while (block := self.blocks.get()) is not None:
            self._hash.update(block)
            del block


def put(source: str, target: Path, algorithms: list[str]) -> int:
    """Copy a file, and hash it meanwhile."""
    hashing = [Hashing(algorithm) for algorithm in algorithms]
    count = 0
    with open(source, "rb", buffering=0) as data, target.open("wb", buffering=0) as copy:
        while block := data.read(_BLOCK):
            for one in hashing:
                one.blocks.put(block)
            count += len(block)
            view = memoryview(block)
            for at in range(0, len(block), _WRITTEN_AT_ONCE):
                copy.write(view[at : at + _WRITTEN_AT_ONCE])
            del block, view
    for one in hashing:
        one.blocks.put(None)
        one.thread.join()
    return count


def main() -> None:
    task: dict[str, Any] = json.loads(sys.argv[1])
    begun, spent = time.perf_counter(), time.process_time()
    result: dict[str, Any] = {"bytes": put(task["source"], Path(task["folder"]) / "image", task["digests"])}
    result |= {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - spent}
    result["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(result))


if __name__ == "__main__":
    main()
