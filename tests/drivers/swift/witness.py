"""A look at Swift without the driver: urllib3 and a token."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import urllib3
from orlop.gate import Witness
from orlop.records import Acl


class SwiftWitness(Witness):
    """Sees the objects of one account: all names in the containers that begin with `container`."""

    def __init__(self, url: str, token: str, container: str, version: str | None = None) -> None:
        self.url, self.token, self.container, self.version = url, token, container, version
        self.http = urllib3.PoolManager(retries=False, timeout=60)

    def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> urllib3.BaseHTTPResponse:
        told = {"X-Auth-Token": self.token, **(headers or {})}
        return self.http.request(method, f"{self.url}/{path}", headers=told, body=body)

    def containers(self) -> list[str]:
        listed = self.request("GET", f"?prefix={quote(self.container)}").data.decode().splitlines()
        return [name for name in listed if name]

    def acl(self, location: str) -> Acl:
        headers = self.request("HEAD", location.split("/")[-2]).headers
        read, write = (
            [one.removesuffix(":*") for one in headers.get(f"X-Container-{kind}", "").split(",") if one]
            for kind in ("Read", "Write")
        )
        return Acl("*" in read, tuple(one for one in read if one != "*"), tuple(write))

    def names(self) -> set[str]:
        """Objects, and containers of single images in which nothing is: they serve nobody."""
        found = {container: self._names(container) for container in self.containers()}
        empty = {container for container, names in found.items() if not names and container != self.container}
        return empty | {f"{container}/{name}" for container, names in found.items() for name in names}

    def _names(self, container: str) -> list[str]:
        found: list[str] = []
        while True:
            marker = quote(found[-1]) if found else ""
            page = self.request("GET", f"{quote(container)}?marker={marker}").data.decode().splitlines()
            if not page:
                return found
            found += page

    def read(self, location: str) -> bytes | None:
        path = "/".join(location.split("/")[-2:])
        answer = self.request("GET", path)
        return None if answer.status == 404 else answer.data

    def server_version(self) -> str | None:
        return self.version
