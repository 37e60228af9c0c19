"""Images in memory, to show what a driver is: short, whole, and through the same gate as all others."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from orlop.capabilities import Capability
from orlop.driver import Blob, Driver, Upload
from orlop.drivers.memory.settings import MemorySettings
from orlop.errors import AlreadyExists, BackendError, InvalidLocation, NotFound, StoreError, StoreFull
from orlop.records import Finding, Severity, Space, Stat

_PREFIX = "memory://"


class _Image:
    def __init__(self, data: bytes, digests: Mapping[str, str], token: str) -> None:
        self.data = data
        self.token = token
        self.digests = dict(digests)
        self.made = datetime.now(UTC)


class MemoryDriver(Driver[MemorySettings]):
    """Keeps images in a dictionary."""

    settings_type = MemorySettings
    schemes = ("memory",)
    capabilities = (
        Capability.READ_ACCESS
        | Capability.READ_RANDOM
        | Capability.WRITE_ACCESS
        | Capability.DRIVER_REUSABLE
        | Capability.DELETE
        | Capability.ATOMIC
        | Capability.LIST
        | Capability.SPACE
        | Capability.DIGESTS
    )

    def __init__(self, settings: MemorySettings) -> None:
        super().__init__(settings)
        self._images: dict[str, _Image] = {}
        self._lock = threading.Lock()

    def open(self, location: str) -> Blob:
        return MemoryBlob(self._image(location).data)

    def stat(self, location: str) -> Stat:
        return self._stat(_id(location), self._image(location))

    def classify(self, error: BaseException) -> type[StoreError] | None:
        del error  # a dictionary fails in no way that this driver does not name itself
        return None

    def upload(self, image_id: str, size: int | None) -> Upload:
        if image_id in self._images:
            raise AlreadyExists("there is an image of this id")
        if size is not None:
            self._make_room(size)
        return MemoryUpload(self, image_id)

    def identify(self, location: str) -> str:
        return self._image(location).token

    def delete(self, location: str, identity: str) -> None:
        with self._lock:
            if self._image(location).token != identity:
                raise NotFound("the image is gone; there is another one of its id now")
            del self._images[_id(location)]

    def locate(self, image_id: str) -> str:
        if image_id not in self._images:
            raise NotFound("there is no such image")
        return _PREFIX + quote(image_id, safe="")

    def list(self) -> Iterator[Stat]:
        yield from [self._stat(image_id, image) for image_id, image in list(self._images.items())]

    def space(self) -> Space:
        used = sum(len(image.data) for image in list(self._images.values()))
        return Space(total=self.settings.capacity, used=used, free=max(0, self.settings.capacity - used))

    def check(self) -> Sequence[Finding]:
        return [Finding(Severity.OK, f"{len(self._images)} images in memory; they end with this process")]

    def publish(self, image_id: str, data: bytes, digests: Mapping[str, str], token: str) -> str:
        """Make an image visible, unless there is one of its id; `token` is what identifies it."""
        with self._lock:
            if image_id in self._images:
                raise AlreadyExists("there is an image of this id")
            self._make_room(len(data))
            self._images[image_id] = _Image(data, digests, token)
        return _PREFIX + quote(image_id, safe="")

    def _make_room(self, size: int) -> None:
        if size > (free := self.space().free):
            raise StoreFull(f"{size} bytes are wanted and {free} are free; raise 'capacity' or delete images")

    def _image(self, location: str) -> _Image:
        try:
            return self._images[_id(location)]
        except KeyError:
            raise NotFound("there is no such image") from None

    @staticmethod
    def _stat(image_id: str, image: _Image) -> Stat:
        location = _PREFIX + quote(image_id, safe="")
        return Stat(location, len(image.data), image_id, image.digests, image.made, len(image.data))


class MemoryUpload(Upload):
    """Collects the blocks, and hands them to the driver at the end."""

    block_size = 1024 * 1024

    def __init__(self, driver: MemoryDriver, image_id: str) -> None:
        self._driver = driver
        self._image_id = image_id
        self._blocks: dict[int, bytes] = {}
        self._token = uuid.uuid4().hex
        self._published = ""
        self._aborted = False
        self._lock = threading.Lock()

    def write(self, offset: int, block: bytes) -> None:
        self._blocks[offset] = block

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        with self._lock:  # an abort comes before or after it, never between
            if self._aborted:
                raise BackendError("this upload was aborted")
            data = b"".join(self._blocks[offset] for offset in sorted(self._blocks))
            self._published = self._driver.publish(self._image_id, data, digests, self._token)
            return self._published

    def abort(self) -> None:
        with self._lock:
            self._aborted = True
            self._blocks.clear()
            if self._published:
                location, self._published = self._published, ""
                with suppress(NotFound):  # somebody else has deleted it
                    self._driver.delete(location, self._token)


class MemoryBlob(Blob):
    """One image's bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        end = len(self._data) if stop is None else min(stop, len(self._data))
        step = MemoryUpload.block_size
        return (self._data[at : min(at + step, end)] for at in range(start, end, step))


def _id(location: str) -> str:
    image_id = unquote(location.removeprefix(_PREFIX))
    if not location.startswith(_PREFIX) or not image_id or "/" in image_id:
        raise InvalidLocation("the form is memory://ID")
    return image_id
