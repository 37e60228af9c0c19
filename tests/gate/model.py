"""A driver that can do everything a driver can do, in memory, with a staging place that a witness can look into.

The mutants are made from it: each has one bug.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import ClassVar, Literal
from urllib.parse import quote

from orlop.capabilities import Capability
from orlop.driver import Blob, Upload
from orlop.drivers.memory.driver import MemoryBlob, MemoryDriver
from orlop.drivers.memory.settings import MemorySettings
from orlop.errors import Unavailable, Unsupported
from orlop.gate.witnesses.memory import MemoryWitness
from orlop.records import Acl, Stat
from orlop.settings import Secret
from pydantic import SecretStr

PASSWORD = "model-passw0rd"


class ModelSettings(MemorySettings):
    driver: Literal["memory"] = "memory"
    password: Secret = SecretStr(PASSWORD)


class ModelDriver(MemoryDriver):
    settings_type = ModelSettings
    capabilities = MemoryDriver.capabilities | Capability.COPY | Capability.ACL | Capability.SPARSE
    upload_type: ClassVar[type[ModelUpload]]

    def __init__(self, settings: ModelSettings) -> None:
        super().__init__(settings)
        self.staged: dict[str, bytearray] = {}
        self.lied_to = False
        """Whether something else answers in place of the backend, which therefore does nothing."""
        self.acls: dict[str, Acl] = {}

    def upload(self, image_id: str, size: int | None) -> Upload:
        super().upload(image_id, size)
        return self.upload_type(self, image_id)

    def publish(self, image_id: str, data: bytes, digests: Mapping[str, str], token: str) -> str:
        self.require_the_backend()
        return super().publish(image_id, data, digests, token)

    def delete(self, location: str, identity: str) -> None:
        self.require_the_backend()
        super().delete(location, identity)

    def require_the_backend(self) -> None:
        if self.lied_to:
            raise Unavailable("this answer is not the backend's")

    @contextmanager
    def lie(self) -> Iterator[None]:
        self.lied_to = True
        yield
        self.lied_to = False

    def open(self, location: str) -> Blob:
        return ModelBlob(self._image(location).data)

    def stat(self, location: str) -> Stat:
        found = super().stat(location)
        data = self._image(location).data
        grain = ModelUpload.grain
        taken = sum(data[at : at + grain].count(0) < grain for at in range(0, len(data), grain))
        return replace(found, allocated=taken * grain)

    def set_acl(self, location: str, acl: Acl) -> None:
        self.stat(location)
        self.acls[location] = acl


class ModelUpload(Upload):
    block_size = 4096
    lanes = 3
    grain = 1024

    def __init__(self, driver: ModelDriver, image_id: str) -> None:
        self.driver = driver
        self.image_id = image_id
        self.token = f"staged-{uuid.uuid4()}"
        self.buffer = driver.staged[self.token] = bytearray()
        self.lock = threading.Lock()
        self.location = ""

    def write(self, offset: int, block: bytes) -> None:
        with self.lock:
            if len(self.buffer) < offset:
                self.buffer.extend(bytes(offset - len(self.buffer)))
            self.buffer[offset : offset + len(block)] = block

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        data = bytes(self.buffer).ljust(size, b"\0")
        self.location = self.driver.publish(self.image_id, data, digests, self.token)
        self.driver.staged.pop(self.token, None)
        return self.location

    def abort(self) -> None:
        self.driver.staged.pop(self.token, None)
        if self.location:
            location, self.location = self.location, ""
            self.driver.delete(location, self.token)

    def clone(self, blob: Blob) -> None:
        if not isinstance(blob, ModelBlob):
            raise Unsupported("another kind of blob")
        self.buffer[:] = blob.data


class ModelBlob(MemoryBlob):
    @property
    def data(self) -> bytes:
        return self._data


ModelDriver.upload_type = ModelUpload


class ModelWitness(MemoryWitness):
    def __init__(self, driver: ModelDriver) -> None:
        super().__init__(driver)
        self._driver = driver

    def names(self) -> set[str]:
        return super().names() | set(self._driver.staged)

    def acl(self, location: str) -> Acl:
        return self._driver.acls[location]


def location_of(image_id: str) -> str:
    return "memory://" + quote(image_id, safe="")
