"""One operation of orlop in this process, told as JSON: seconds, CPU seconds, peak memory in KiB."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from orlop.driver import Driver
from orlop.drivers.file.driver import FileDriver
from orlop.drivers.file.settings import FileSettings
from orlop.drivers.rbd.driver import RbdDriver
from orlop.drivers.rbd.settings import RbdSettings
from orlop.store import Store

MIB = 1 << 20


def generated(size: int) -> Iterator[bytes]:
    """`size` bytes without a file behind them: one random MiB, again and again."""
    piece = os.urandom(MIB)
    for _ in range(size // MIB):
        yield piece


def put(store: Store, task: dict[str, Any]) -> dict[str, Any]:
    if "generate" in task:
        receipt = store.put("image", generated(task["generate"]), digests=task["digests"])
    else:
        with open(task["source"], "rb") as source:
            size = os.fstat(source.fileno()).st_size
            receipt = store.put("image", source, size=size, digests=task["digests"])
    return {"bytes": receipt.size, "allocated": store.stat(receipt.location).allocated}


def puts(store: Store, task: dict[str, Any]) -> dict[str, Any]:
    """As many images at once as wanted, which together have the size."""
    count = task["count"]
    with ThreadPoolExecutor(count) as threads:
        begun = [
            threads.submit(store.put, f"image-{one}", generated(task["generate"] // count), digests=task["digests"])
            for one in range(count)
        ]
        return {"bytes": sum(one.result().size for one in begun)}


def get(store: Store, task: dict[str, Any]) -> dict[str, Any]:
    count = 0
    with store.open(store.locate(task["image"])) as reader:
        for piece in reader:
            count += len(piece)
    return {"bytes": count}


def copy(store: Store, task: dict[str, Any]) -> dict[str, Any]:
    target = Store("target", FileDriver(FileSettings(path=task["target"])))
    receipt = store.copy(store.locate(task["image"]), target, "image", digests=task["digests"])
    return {"bytes": receipt.size}


def driver(task: dict[str, Any]) -> Driver[Any]:
    if "rbd" in task:
        return RbdDriver(RbdSettings(**task["rbd"]))
    return FileDriver(FileSettings(path=task["folder"], fsync=task.get("fsync", False)))


def main() -> None:
    task = json.loads(sys.argv[1])
    store = Store("bench", driver(task))
    begun, spent = time.perf_counter(), time.process_time()
    result = {"put": put, "puts": puts, "get": get, "copy": copy}[task["operation"]](store, task)
    result |= {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - spent}
    result["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(result))


if __name__ == "__main__":
    main()
