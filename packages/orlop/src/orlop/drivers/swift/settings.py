"""The settings of a Swift store."""

from __future__ import annotations

import re
from typing import ClassVar, Literal, Self
from urllib.parse import unquote

from pydantic import Field, field_validator, model_validator

from orlop.drivers.swift.account import Account, problem_of_url
from orlop.errors import InvalidLocation
from orlop.settings import YEAR, StoreSettings, UserPath

MIB = 1024 * 1024
EVERY = "*"
"""In `other_auth_urls`: any."""

_URI = re.compile(r"swift\+config://([^/?#@]+)/([^/?#]+)")


class SwiftSettings(Account, StoreSettings):
    """Images as objects of OpenStack Swift, or of Ceph's radosgw by its Swift API."""

    takes_uri: ClassVar[str] = "swift+config://CLOUD/CONTAINER"

    driver: Literal["swift"] = "swift"
    container: str = "glance"
    """The container of the images; with `container_digits` or `multi_tenant` what the containers' names begin with."""
    create_container: bool = False
    """Make a container that is missing, when an image is put."""
    container_digits: int = Field(default=0, ge=0, le=32)
    """So many digits of an image's id (dashes do not count) are part of its container's name: 16 to the power of it
    containers share the load. 0: one container."""
    reference: str | None = None
    """How this account is called in locations: `swift+config://REFERENCE/CONTAINER/ID`. None: the cloud's name, and
    with an `auth_url` that is in them instead."""
    references: dict[str, Account] = Field(default_factory=dict)
    """Further accounts whose images are read and deleted, by what locations call them."""
    other_auth_urls: tuple[str, ...] = ()
    """Other and former addresses of the Keystone at `auth_url`, by which locations may name it (`*`: any address). All
    logins go to `auth_url` alone; a user and password in a location are used only where its address is listed here or
    is `auth_url`. With `multi_tenant`: addresses of Swift, up to and without the account."""
    multi_tenant: bool = False
    """Each image is kept in the account of the project that it belongs to, in a container of its own."""
    admin_projects: tuple[str, ...] = ()
    """With `multi_tenant`: ids of projects whose users may write and delete every image."""
    use_trusts: bool = True
    """With `multi_tenant`: transfers go through a trust of the user's for this store's own user, so that they outlive
    the user's token."""
    region: str | None = None
    """The region of the endpoint, where the catalog has several. None: what clouds.yaml says, as for the next four."""
    interface: Literal["public", "internal", "admin"] | None = None
    """Which endpoint of the catalog; `public` when nothing says it."""
    service_type: str | None = None
    """The kind of service in the catalog; `object-store` when nothing says it."""
    endpoint: str | None = None
    """The storage URL, up to and without the container, in place of the catalog's."""
    ca_file: UserPath | None = None
    """A PEM file with the certificate authorities to trust, for Keystone and Swift; those of the system when nothing
    says it."""
    insecure: bool = False
    """Accept any certificate of any server: whoever is on the way can then read and change everything."""
    connect_timeout: float = Field(default=10.0, gt=0, le=YEAR)
    """Seconds until a connection must be there."""
    read_timeout: float = Field(default=60.0, gt=0, le=YEAR)
    """Seconds that a server may be silent."""
    expire_soon: int = Field(default=60, ge=0)
    """Seconds before its end in which a token is no more used; another one is fetched then, also amid a transfer."""
    segment_size: int = Field(default=16 * MIB, ge=MIB, le=1024 * MIB)
    """Bytes of one segment. An image that fits into one is a plain object. Segments are kept in memory until they have
    arrived, so that each can be sent again by itself."""
    large_objects: Literal["auto", "slo", "dlo"] = "auto"
    """How segments become an image: by a static manifest (slo), whose sizes and ETags the server compares, or by a
    dynamic one (dlo), for servers that have no other. auto: static where there are such."""
    lanes: int = Field(default=4, ge=1, le=32)
    """Segments on their way in at once."""
    read_lanes: int = Field(default=4, ge=1, le=32)
    """Ranges of one image that are fetched at once, 8 MiB each."""
    leftover_seconds: float = Field(default=300.0, gt=0, le=YEAR)
    """An upload that has not shown itself for so long is dead, and what it has left can be cleaned; a living one shows
    itself five times in this time. The clock is the server's."""

    @classmethod
    def from_uri(cls, uri: str) -> Self:
        """`swift+config://CLOUD/CONTAINER`: a cloud of clouds.yaml, and a container in its account."""
        match = _URI.fullmatch(uri)
        if match is None:
            raise InvalidLocation(f"the form is {cls.takes_uri}", location=uri)
        return cls(cloud=unquote(match[1]), container=unquote(match[2]))

    def scratch(self, name: str) -> Self:
        """Containers of their own, which are made when they are needed."""
        return self.model_copy(update={"container": f"{self.container}-{name}", "create_container": True})

    @field_validator("container")
    @classmethod
    def _is_container(cls, value: str) -> str:
        if not value or "/" in value or not value.isprintable() or len(value.encode()) > 256:
            raise ValueError("a container's name is of 1 to 256 bytes, printable, and without '/'")
        return value

    @field_validator("endpoint")
    @classmethod
    def _is_url(cls, value: str | None) -> str | None:
        if value is not None and (problem := problem_of_url(value)):
            raise ValueError(f"the URL {problem}")
        return value.rstrip("/") if value is not None else None

    @field_validator("other_auth_urls")
    @classmethod
    def _are_urls(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if one != EVERY and (problem := problem_of_url(one)):
                raise ValueError(f"one of the URLs {problem}")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (problem := self.problem()) and not self._speaks_for_others():
            raise ValueError(problem)
        for name, account in self.references.items():
            if problem := account.problem():
                raise ValueError(f"references.{name}: {problem}")
        if self.insecure and self.ca_file is not None:
            raise ValueError("insecure and ca_file contradict each other; leave one of them out")
        if self.multi_tenant and self.container_digits:
            raise ValueError("multi_tenant has a container for each image; leave container_digits out")
        if self.multi_tenant and (self.reference or self.references):
            raise ValueError("multi_tenant has the accounts of users; references are for one of the store's own")
        return self

    def _speaks_for_others(self) -> bool:
        """Whether it can do without an account of its own: users bring their tokens."""
        return self.multi_tenant and self.auth_url is not None and self.key is None
