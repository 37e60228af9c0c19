"""What the other process does: `python -m orlop.gate.child`, with its order on standard input."""

from __future__ import annotations

import base64
import json
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from orlop.capabilities import Capability
from orlop.driver import Driver, Upload
from orlop.gate.content import payload
from orlop.gate.interception import Watch
from orlop.gate.watermark import Watermark
from orlop.store import Store

Opener = Callable[[], Driver[Any]]


def say(answer: object) -> None:
    """Tell the parent."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def put(reopen: Opener, image_id: str, size: int) -> None:
    """Store one image, and end."""
    say(Store("child", reopen()).put(image_id, payload(size)).location)


def put_half(reopen: Opener, image_id: str, blocks: int, block: int) -> None:
    """Begin to store an image, give `blocks` blocks, and hang until killed."""

    def source() -> Iterator[bytes]:
        for seed in range(blocks):
            yield payload(block, seed)
        # The engine takes one block ahead; it gets half a one, which no lane can have written.
        yield b"x" * (block // 2)
        say("half")
        threading.Event().wait()

    Store("child", reopen()).put(image_id, source())


def held(reopen: Opener, *, work: str, image_id: str, size: int, location: str, at: int | None) -> None:
    """Do `work` with the driver itself; say which call is about to be made, number `at`, and hang there until killed.

    With `at` None, say how many calls there are, and end.
    """
    driver = reopen()
    upload: Upload | None = None
    if work == "abort":
        upload = driver.upload(image_id, size)
        upload.write(0, payload(upload.block_size))
    identity = driver.identify(location) if work == "delete" else ""
    tasks: dict[str, Callable[[], object]] = {
        "put": lambda: _put(driver, image_id, size),
        "abort": lambda: upload and upload.abort(),
        "delete": lambda: driver.delete(location, identity),
    }

    def hang() -> None:
        say(watch.met)
        threading.Event().wait()

    watch = Watch(at, hang)
    with watch.watching():
        tasks[work]()
    say(len(watch.names) if at is None else "")


def _put(driver: Driver[Any], image_id: str, size: int) -> None:
    data = payload(size)
    upload = driver.upload(image_id, size)
    for start in range(0, size, upload.block_size):
        upload.write(start, data[start : start + upload.block_size])
    upload.commit(size, {})


def odd_locale(reopen: Opener, image_id: str, size: int, location: str) -> None:
    """Store an image, read another one and list all, in a process whose locale is another one."""
    store = Store("child", reopen())
    stored = store.put(image_id, payload(size)).location
    with store.open(location) as reader:
        read = reader.read()
    listed = [stat.image_id for stat in store.list()] if Capability.LIST in store.capabilities else []
    say({"location": stored, "read": read.hex(), "listed": listed})


def measure(reopen: Opener, image_id: str, size: int, piece: int, location: str | None) -> None:
    """How much memory storing and reading an image of `size` bytes takes, in bytes above what it was before."""
    store = Store("child", reopen())
    base = payload(piece)

    def source() -> Iterator[bytes]:
        for at in range(0, size, piece):
            yield at.to_bytes(8, "big") + base[8:]  # a fresh object each time, as a socket gives it

    answer: dict[str, object] = {"location": location}
    if location is None:
        store.delete(store.put(f"{image_id}-warm", base + b"warm").location)
        with Watermark() as mark:
            location = store.put(image_id, source()).location
        answer |= {"put": mark.grown, "location": location}
    else:
        with store.open(location) as reader:
            reader.read(piece)
    with Watermark() as mark, store.open(location) as reader:
        done = sum(map(len, reader))
    say({**answer, "read": mark.grown, "bytes": done})


_TASKS: dict[str, Callable[..., None]] = {
    "put": put, "put_half": put_half, "held": held, "odd_locale": odd_locale, "measure": measure
}  # fmt: skip


if __name__ == "__main__":
    name, opener, arguments = pickle.loads(base64.b64decode(sys.stdin.buffer.readline()))  # noqa: S301 - from the parent
    _TASKS[name](opener, **arguments)
