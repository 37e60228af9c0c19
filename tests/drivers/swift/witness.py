"""A look at Swift without the driver: urllib3 and a token."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import urllib3
from orlop.gate import Witness


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

    def names(self) -> set[str]:
        return {f"{one}/{name}" for one in self.containers() for name in self._names(one)}

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
