"""Glance's API as a small client: only what the tests ask of it."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import urllib3

_PATCH = "application/openstack-images-v2.1-json-patch"
_DEADLINE = 120.0


class Images:
    """The images of one account."""

    def __init__(self, url: str, token: str) -> None:
        self._url = f"{url}/v2"
        self._token = token
        self._pool = urllib3.PoolManager(retries=False, timeout=300)

    def close(self) -> None:
        self._pool.clear()

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        stream: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        """A request, whatever comes of it; what is neither bytes nor a stream is sent as JSON."""
        told = {"X-Auth-Token": self._token, **(headers or {})}
        if isinstance(body, dict | list):
            told = {"Content-Type": "application/json"} | told
            body = json.dumps(body)
        return self._pool.request(method, self._url + path, body=body, headers=told, preload_content=not stream)

    def _done(self, *what: Any, **how: Any) -> Any:
        answer = self.ask(*what, **how)
        assert answer.status < 300, f"{what[:2]}: {answer.status} {answer.data[:1000]!r}"
        return json.loads(answer.data) if answer.data else None

    def create(self, name: str = "image") -> str:
        told = {"name": name, "disk_format": "raw", "container_format": "bare"}
        identifier: str = self._done("POST", "/images", told)["id"]
        return identifier

    def show(self, image: str) -> dict[str, Any]:
        shown: dict[str, Any] = self._done("GET", f"/images/{image}")
        return shown

    def all(self) -> list[str]:
        return [one["id"] for one in self._done("GET", "/images?limit=1000")["images"]]

    def put(
        self, image: str, body: bytes | Iterable[bytes], store: str = "", action: str = "file"
    ) -> urllib3.BaseHTTPResponse:
        """Upload, or with action `stage` stage; what is no bytes goes in chunks, and nobody knows its size."""
        # An answer that does not wait for the body ends the connection.
        headers = {"Content-Type": "application/octet-stream", "Connection": "close"}
        named = {"X-Image-Meta-Store": store} if store else {}
        return self.ask("PUT", f"/images/{image}/{action}", body, headers | named)

    def break_off(self, image: str, beginning: bytes, size: int | None) -> None:
        """Begin an upload, of a known size or of none, and end the connection when Glance works on it."""
        connection = http.client.HTTPConnection(self._url.split("/")[2], timeout=60)
        connection.putrequest("PUT", f"/v2/images/{image}/file")
        length = ("Transfer-Encoding", "chunked") if size is None else ("Content-Length", str(size))
        kind = ("Content-Type", "application/octet-stream")
        for header in (("X-Auth-Token", self._token), kind, length):
            connection.putheader(*header)
        connection.endheaders()
        connection.send(beginning if size else f"{len(beginning):x}\r\n".encode() + beginning + b"\r\n")
        end = time.monotonic() + _DEADLINE
        while self.show(image)["status"] != "saving":
            assert time.monotonic() < end
            time.sleep(0.05)
        connection.close()

    def start_import(self, image: str, method: Mapping[str, str], stores: Iterable[str]) -> None:
        self._done("POST", f"/images/{image}/import", {"method": method, "stores": list(stores)})

    def wait_for(self, image: str, stores: set[str]) -> dict[str, Any]:
        """The image when it is active, in these stores, its digest known, and no task works on it any more."""
        end = time.monotonic() + _DEADLINE
        while True:
            shown = self.show(image)
            busy = shown.get("os_glance_importing_to_stores") or shown.get("os_glance_import_task")
            in_stores = set(shown.get("stores", "").split(",")) == stores
            if shown["status"] == "active" and in_stores and shown["os_hash_value"] and not busy:
                return shown
            assert not shown.get("os_glance_failed_import"), shown
            assert time.monotonic() < end, shown
            time.sleep(0.1)

    def read(self, image: str, span: str | None = None) -> tuple[int, bytes]:
        """The status and the bytes of a download, of a range of it if one is given."""
        answer = self.ask("GET", f"/images/{image}/file", headers={"Range": span} if span else {})
        return answer.status, answer.data

    def pieces(self, image: str) -> Iterator[bytes]:
        answer = self.ask("GET", f"/images/{image}/file", stream=True)
        assert answer.status == 200
        yield from answer.stream(1 << 20)
        answer.release_conn()

    def change(self, image: str, operations: list[dict[str, Any]]) -> urllib3.BaseHTTPResponse:
        return self.ask("PATCH", f"/images/{image}", operations, {"Content-Type": _PATCH})

    def delete(self, image: str) -> urllib3.BaseHTTPResponse:
        return self.ask("DELETE", f"/images/{image}")
