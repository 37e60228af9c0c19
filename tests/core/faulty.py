"""A driver whose every step can be made to fail, hang or wait, by the tests of the core."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orlop.driver import Blob, Upload
from orlop.drivers.memory.driver import MemoryBlob, MemoryDriver, MemoryUpload
from orlop.drivers.memory.settings import MemorySettings
from orlop.errors import StoreError, StoreFull, Unavailable
from orlop.store import Store

Hook = Callable[..., Any]


class Passing(Exception):
    """The backend is busy."""


class Full(Exception):
    """The backend is full."""


class FaultyUpload(MemoryUpload):
    """Calls the hook named like the step before each step."""

    def __init__(self, driver: FaultyDriver, image_id: str) -> None:
        super().__init__(driver, image_id)
        self.block_size, self.lanes, self.grain = driver.block_size, driver.lanes, driver.grain
        self.repeatable_commit = driver.repeatable_commit
        self._faulty = driver

    def block_size_at(self, offset: int) -> int:
        return max((size for start, size in self._faulty.grown.items() if start <= offset), default=self.block_size)

    def write(self, offset: int, block: bytes) -> None:
        self._faulty.step("write", offset, block)
        super().write(offset, block)

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        self._faulty.step("commit", size, digests)
        return super().commit(size, digests)

    def abort(self) -> None:
        self._faulty.step("abort")
        super().abort()

    def clone(self, blob: Blob) -> None:
        self._faulty.step("clone", blob)
        super().clone(blob)


class FaultyBlob(MemoryBlob):
    """Lets the hook `piece` see, change or refuse each piece that is read."""

    def __init__(self, driver: FaultyDriver, data: bytes) -> None:
        super().__init__(data)
        self._faulty = driver
        self.lanes, self.segment = driver.read_lanes, driver.segment
        if driver.size_unknown:
            self.size = None

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        self._faulty.step("read", start, stop)
        end = len(self._data) if stop is None else min(stop, len(self._data))
        step = self._faulty.block_size
        for at in range(start, end, step):
            piece = self._data[at : min(at + step, end)]
            hook = self._faulty.hooks.get("piece")
            yield piece if hook is None else hook(at, piece)

    def close(self) -> None:
        self._faulty.step("close_blob")


class FaultyDriver(MemoryDriver):
    """A memory store with hooks: `hooks["write"] = lambda offset, block: ...` may raise, wait, or count."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(MemorySettings(**{"attempts": 3, "retry_seconds": 20, **settings}))
        self.hooks: dict[str, Hook] = {}
        self.counts: Counter[str] = Counter()
        self.block_size, self.lanes, self.grain = 10, 1, 0
        self.grown: dict[int, int] = {}
        self.repeatable_commit = False
        self.read_lanes, self.segment, self.size_unknown = 1, 40, False
        self._counting = threading.Lock()

    def step(self, name: str, *arguments: Any) -> None:
        with self._counting:
            self.counts[name] += 1
        if name in self.hooks:
            self.hooks[name](*arguments)

    def classify(self, error: BaseException) -> type[StoreError] | None:
        if isinstance(error, Passing):
            return Unavailable
        return StoreFull if isinstance(error, Full) else None

    def upload(self, image_id: str, size: int | None) -> Upload:
        self.step("upload", image_id, size)
        super().upload(image_id, size)
        return FaultyUpload(self, image_id)

    def open(self, location: str) -> Blob:
        self.step("open", location)
        return FaultyBlob(self, self._image(location).data)

    def stat(self, location: str) -> Any:
        self.step("stat", location)
        return super().stat(location)

    def identify(self, location: str) -> str:
        self.step("identify", location)
        return super().identify(location)

    def delete(self, location: str, identity: str) -> None:
        self.step("delete", location)
        super().delete(location, identity)

    @property
    def ids(self) -> set[str]:
        """What is visible, seen without any of the code under test."""
        return set(self._images)


def times(count: int, error: Exception) -> Hook:
    """A hook that raises `error` the first `count` times."""
    left = [count]

    def hook(*_: Any) -> None:
        if left[0]:
            left[0] -= 1
            raise error

    return hook


def store_of(driver: MemoryDriver) -> Store:
    """The store around a driver."""
    return Store("faulty", driver)
