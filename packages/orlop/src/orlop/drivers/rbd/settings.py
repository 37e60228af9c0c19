"""The settings of a store in Ceph."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, model_validator

from orlop.drivers.rbd.names import SCRATCH
from orlop.errors import InvalidLocation
from orlop.settings import YEAR, StoreSettings, UserPath

KIB = 1024
MIB = 1024 * KIB

Feature = Literal["layering", "exclusive-lock", "object-map", "fast-diff", "deep-flatten", "journaling"]

DEFAULT_CONF = Path("/etc/ceph/ceph.conf")
DEFAULT_USER = "admin"
_NEEDS: dict[str, str] = {"object-map": "exclusive-lock", "fast-diff": "object-map", "journaling": "exclusive-lock"}


def _power_of_two(value: int) -> int:
    if value & (value - 1):
        below = 1 << (value.bit_length() - 1)
        raise ValueError(f"a power of two is needed, such as {below} or {2 * below}")
    return value


def _plain(name: str) -> str:
    if "/" in name or "@" in name or not name.isprintable():
        raise ValueError("a name without '/' and '@' is needed")
    return name


PlainName = Annotated[str, AfterValidator(_plain)]


class RbdSettings(StoreSettings):
    """A store in a pool of a Ceph cluster.

    Ceph's Python modules `rados` and `rbd` come with Ceph, not from PyPI: install python3-rados and python3-rbd.
    """

    takes_uri: ClassVar[str] = "rbd:///POOL[/NAMESPACE]"

    driver: Literal["rbd"] = "rbd"
    pool: Annotated[PlainName, Field(min_length=1)] = "images"
    """The pool of the images; it must exist."""
    namespace: PlainName = ""
    """The namespace in the pool; it must exist. Empty: none."""
    data_pool: PlainName | None = None
    """The pool where the data go, such as an erasure-coded one; in `pool` are then only the images' headers. It must
    exist. None: what ceph.conf says (`rbd_default_data_pool`), or else `pool`."""
    user: str | None = None
    """The Ceph user, without `client.` before it; its key is found by ceph.conf. None: `admin`, Ceph's default. The
    environment (`CEPH_ARGS`, `CEPH_KEYRING`) does not count."""
    conf: UserPath | None = None
    """Ceph's configuration file. None: /etc/ceph/ceph.conf. The environment (`CEPH_CONF`, `HOME`) and the working
    directory do not count."""
    object_size: Annotated[int, Field(ge=4 * KIB, le=32 * MIB), AfterValidator(_power_of_two)] = 8 * MIB
    """Bytes of the objects that an image is cut into; a power of two from 4 KiB to 32 MiB."""
    features: tuple[Feature, ...] | None = None
    """The features of new images: layering (which copy-on-write clones need), exclusive-lock, object-map, fast-diff,
    deep-flatten, journaling. None: what ceph.conf says, or else all of them but journaling."""
    stripe_unit: Annotated[int, Field(ge=4 * KIB), AfterValidator(_power_of_two)] | None = None
    """Bytes that go to one object before the next one's turn; with `stripe_count`."""
    stripe_count: Annotated[int, Field(ge=2)] | None = None
    """Over how many objects data are striped; with `stripe_unit`."""
    sparse: bool = True
    """Zeros are not written, and take no space (thin provisioning)."""
    block_size: int = Field(default=2 * MIB, ge=64 * KIB, le=64 * MIB, multiple_of=64 * KIB)
    """Bytes that are written by one request; a multiple of 64 KiB."""
    lanes: int = Field(default=6, ge=1, le=32)
    """Requests of one image that are under way at once."""
    other_pools: tuple[str, ...] = ()
    """Further pools, or `pool/namespace`, whose images are read and deleted by their locations; `*` stands for all. New
    images are never put there."""
    connect_timeout: float = Field(default=30.0, gt=0, le=YEAR)
    """Seconds for the connection to the cluster, and for each question to its monitors."""
    operation_timeout: float | None = Field(default=None, gt=0, le=YEAR)
    """Seconds after which the client gives up a single request to an OSD. None: never; it is sent again as long as it
    takes, while `deadline` says how long a caller waits."""

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if (self.stripe_unit is None) != (self.stripe_count is None):
            raise ValueError("'stripe_unit' and 'stripe_count' go together")
        if self.stripe_unit is not None and self.stripe_unit > self.object_size:
            raise ValueError("'stripe_unit' must not be more than 'object_size'")
        if self.features is not None:
            if "layering" not in self.features:
                raise ValueError("'features' must have 'layering': without it nobody can clone an image")
            for feature, needed in _NEEDS.items():
                if feature in self.features and needed not in self.features:
                    raise ValueError(f"the feature {feature!r} needs {needed!r}")
        return self

    @property
    def place(self) -> str:
        """`pool`, or `pool/namespace`."""
        return f"{self.pool}/{self.namespace}" if self.namespace else self.pool

    @classmethod
    def from_uri(cls, uri: str) -> Self:
        """`rbd:///images`: that pool, and everything else as by default."""
        parts = urlsplit(uri)
        names = [unquote(name) for name in parts.path.split("/")[1:]]
        if parts.netloc or parts.query or parts.fragment or not 1 <= len(names) <= 2 or not all(names):
            raise InvalidLocation(f"the form is {cls.takes_uri}, with %-escapes where needed", location=uri)
        return cls(pool=names[0], namespace=names[1] if len(names) == 2 else "")

    def scratch(self, name: str) -> Self:
        """The same pool, with a namespace of its own."""
        return self.model_copy(update={"namespace": f"{SCRATCH}{name}"})
