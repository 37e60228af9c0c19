"""The plain records that pass the seam and reach the caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from orlop.capabilities import Capability
from orlop.errors import StoreError, Unavailable
from orlop.support.redact import printable


@dataclass(frozen=True, slots=True)
class Stat:
    """What a store knows of an image without reading it.

    `size` is in bytes, `allocated` the bytes it takes in the backend where that is known; `digests` maps algorithm
    names to hex digests and is empty where none are kept; `modified` has a time zone.
    """

    location: str
    size: int | None
    image_id: str | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    modified: datetime | None = None
    allocated: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What `put` returns once the image is stored.

    `size` is in bytes, `digests` maps algorithm names to hex digests, `metadata` is what a consumer of the location
    may need beside it (a shared mount, for one), `seconds` the wall time that it took.
    """

    location: str
    size: int
    digests: Mapping[str, str]
    store: str
    seconds: float
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes in all, used and free; `free` is what a new image may take."""

    total: int
    used: int
    free: int


class Severity(Enum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `check` found, in words an operator can act on.

    `lacks` are the capabilities that the store cannot use while this lasts. That is availability: the store's
    capabilities stay as they are, and what needs a lost one is refused with an error of this `kind` (Unavailable,
    PermissionDenied, StoreFull, InvalidSettings or BackendError), with `message` as its reason.
    """

    severity: Severity
    message: str
    lacks: Capability = Capability.NONE
    kind: type[StoreError] = Unavailable

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", printable(self.message))


@dataclass(frozen=True, slots=True)
class Leftover:
    """What a dead upload has left in the backend. `place` is the backend's own name for it, `size` in bytes."""

    place: str
    size: int
    image_id: str | None = None
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Acl:
    """Who may read and write an image: everyone when `public`, and the projects named."""

    public: bool = False
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """On whose behalf a store acts. The token is never shown."""

    project_id: str
    user_id: str
    token: str = field(repr=False, default="")
    roles: tuple[str, ...] = ()
