"""Images in OpenStack's Swift. How they lie there is in `layout.py`, what makes large ones in `manifest.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Self
from urllib.parse import unquote

from orlop.capabilities import Capability
from orlop.driver import Blob, Driver, Upload
from orlop.drivers.swift.accounts import Accounts
from orlop.drivers.swift.acl import acl_headers
from orlop.drivers.swift.acting import Acting
from orlop.drivers.swift.blob import Source, SwiftBlob
from orlop.drivers.swift.checking import check
from orlop.drivers.swift.client import Client
from orlop.drivers.swift.connections import Sessions
from orlop.drivers.swift.containers import Containers, container_for
from orlop.drivers.swift.deleting import Meant, delete, identify
from orlop.drivers.swift.digests import digests_in
from orlop.drivers.swift.failures import MISSING, classify, retry_after
from orlop.drivers.swift.layout import Place
from orlop.drivers.swift.leftovers import empty_containers, leftovers_in, remove_leftover
from orlop.drivers.swift.limits import Limits, limits_of
from orlop.drivers.swift.listing import Item
from orlop.drivers.swift.locating import SCHEMES, parse
from orlop.drivers.swift.manifest import DYNAMIC
from orlop.drivers.swift.ownership import head, require_free
from orlop.drivers.swift.quota import space_in
from orlop.drivers.swift.settings import SwiftSettings
from orlop.drivers.swift.times import http_time
from orlop.drivers.swift.upload import SwiftUpload
from orlop.errors import BackendError, InvalidSettings, NotFound, StoreError
from orlop.location import refused_id
from orlop.records import Acl, Finding, Identity, Leftover, Space, Stat


class SwiftDriver(Driver[SwiftSettings]):
    """Keeps images as objects, large ones in segments."""

    settings_type = SwiftSettings
    schemes = SCHEMES
    capabilities = (
        Capability.READ_ACCESS
        | Capability.READ_RANDOM
        | Capability.WRITE_ACCESS
        | Capability.DRIVER_REUSABLE
        | Capability.DELETE
        | Capability.ATOMIC
        | Capability.LIST
        | Capability.COPY
        | Capability.ACL
        | Capability.SPACE
        | Capability.DIGESTS
    )

    def __init__(
        self, settings: SwiftSettings, sessions: Sessions | None = None, identity: Identity | None = None
    ) -> None:
        """`identity`: whom it acts for, on the connections of another driver object, which closes them."""
        super().__init__(settings)
        if not settings.multi_tenant:
            self.capabilities &= ~Capability.ACL
        self._sessions = sessions or Sessions(settings)
        self._acting = Acting(settings, identity) if identity is not None else None
        self._accounts = Accounts(settings, self._sessions, self._acting)

    def open(self, location: str) -> Blob:
        client, container, name = self._find(location)
        return SwiftBlob(client, Source.of(container, name, head(client, container, name).headers))

    def stat(self, location: str) -> Stat:
        client, container, name = self._find(location)
        headers = head(client, container, name).headers
        size = Source.of(container, name, headers).size
        return Stat(location, size, name, digests_in(headers), http_time(headers.get("Last-Modified")))

    def classify(self, error: BaseException) -> type[StoreError] | None:
        return classify(error)

    def retry_after(self, error: BaseException) -> float | None:
        return retry_after(error)

    def upload(self, image_id: str, size: int | None) -> Upload:
        client, container = self._client, container_for(self.settings, image_id)
        self._limits.require_container(container)
        place = Place(container, image_id)
        require_free(client, place)
        location = self._accounts.location(container, image_id)
        return SwiftUpload(self._containers, place, self._limits, size=size, location=location)

    def identify(self, location: str) -> str:
        """By the mark of its upload, or by ETag and time; with all its segments, of which only its manifest knows."""
        return identify(*self._find(location)).text

    def delete(self, location: str, identity: str) -> None:
        client, container, name = self._find(location)
        try:
            meant = Meant.of(identity)
        except BackendError:
            raise NotFound("there is no image of this identity") from None
        try:
            delete(client, container, name, meant)
        finally:
            Containers(client).forget(container)

    def locate(self, image_id: str) -> str:
        container = container_for(self.settings, image_id)
        try:
            head(self._client, container, image_id)
        except InvalidSettings:
            # A container that is made with the first image in it holds none before.
            if not self.settings.create_container:
                raise
            raise NotFound("there is no such image") from None
        return self._accounts.location(container, image_id)

    def list(self) -> Iterator[Stat]:
        client = self._client
        for container in self._containers.all():
            foreign = ""
            for item in client.listing(container, delimiter="/"):
                if item.folder or refused_id(item.name) or (foreign and item.name.startswith(foreign)):
                    continue
                size: int | None = item.size
                if not size or not self._limits.listed:
                    answer = client.ask("HEAD", container, item.name, also=MISSING)
                    if answer.status_code in MISSING:
                        continue
                    size = Source.of(container, item.name, answer.headers).size
                    # What glance_store has left of old: segments beside their manifest, `ID-00001` and so on.
                    where, _, foreign = unquote(answer.headers.get(DYNAMIC, "")).partition("/")
                    foreign = foreign if where == container else ""
                yield self._listed(container, item, size)

    def space(self) -> Space:
        return space_in(self._client, self.settings.container)

    def check(self) -> Sequence[Finding]:
        return check(self._client, self._limits)

    def leftovers(self) -> Iterator[Leftover]:
        for container in self._containers.all():
            yield from leftovers_in(self._client, container)
        if self.settings.multi_tenant:
            yield from empty_containers(self._client, self._containers)

    def clean(self, leftover: Leftover) -> None:
        container, mark, _ = leftover.place.partition("/")
        if mark:
            remove_leftover(self._client, leftover.place)
        self._containers.forget(container)

    def set_acl(self, location: str, acl: Acl) -> None:
        if not self.settings.multi_tenant:
            return super().set_acl(location, acl)  # many images share a container
        client, container, name = self._find(location)
        client.ask("HEAD", container, name)
        client.ask("POST", container, headers=acl_headers(acl, self.settings.admin_projects))
        return None

    def acting_as(self, identity: Identity) -> Self:
        if not self.settings.multi_tenant:
            return super().acting_as(identity)
        return type(self)(self.settings, self._sessions, identity)

    def close(self) -> None:
        if self._acting is not None:
            self._acting.revoke(self._sessions.get())
        else:
            self._sessions.close()

    @property
    def _client(self) -> Client:
        return self._accounts.own

    @cached_property
    def _containers(self) -> Containers:
        return Containers(self._client)

    @property
    def _limits(self) -> Limits:
        client, known = self._client, self._sessions.known
        server = client.url.rpartition("/")[0]
        if server not in known:
            known[server] = limits_of(client, self.settings.large_objects)
        limits: Limits = known[server]
        return limits

    def _find(self, location: str) -> tuple[Client, str, str]:
        address = parse(location)
        return self._accounts.at(address), address.container, address.name

    def _listed(self, container: str, item: Item, size: int) -> Stat:
        return Stat(self._accounts.location(container, item.name), size, item.name, modified=item.modified)
