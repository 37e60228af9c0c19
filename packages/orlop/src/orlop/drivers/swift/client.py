"""Requests to the object store: one account, reached through one login."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import requests
from keystoneauth1.plugin import BaseAuthPlugin
from keystoneauth1.session import Session

from orlop.drivers.swift.connections import new_session
from orlop.drivers.swift.failures import MISSING, refusal
from orlop.drivers.swift.settings import SwiftSettings
from orlop.errors import InvalidSettings

_PAGE = 10_000
_DRAIN = 64 * 1024


class Sessions:
    """The one session of a store; another one in a forked process, where the sockets are the parent's."""

    def __init__(self, settings: SwiftSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._owner = 0

    def get(self) -> Session:
        """The session of this process."""
        with self._lock:
            if self._session is None or self._owner != os.getpid():
                self._session, self._owner = new_session(self._settings), os.getpid()
            return self._session

    def close(self) -> None:
        """Close the idle connections. A later request opens new ones."""
        with self._lock:
            session, self._session = self._session, None
        if session is not None:
            session.session.close()


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a listing: an object, or what stands for all names up to a delimiter."""

    name: str
    size: int = 0
    etag: str = ""
    modified: str = ""
    folder: bool = False


class Client:
    """Asks one account's containers and objects; safe in many threads."""

    def __init__(
        self, settings: SwiftSettings, sessions: Sessions, plugin: BaseAuthPlugin, url: str | None = None
    ) -> None:
        """`url` is the account's, where it is known; else the settings or the catalog say it."""
        self.settings = settings
        self._sessions = sessions
        self._plugin = plugin
        self._url = url or settings.endpoint

    def for_account(self, url: str) -> Client:
        """The same login at another account."""
        return Client(self.settings, self._sessions, self._plugin, url)

    @property
    def url(self) -> str:
        """The storage URL of the account.

        Raises:
            InvalidSettings: the catalog has none.
        """
        if self._url is None:
            settings = self.settings
            found = self._plugin.get_endpoint(
                self._sessions.get(),
                service_type=settings.service_type,
                interface=settings.interface,
                region_name=settings.region,
                skip_discovery=True,
            )
            if found is None:
                where = f" in region {settings.region}" if settings.region else ""
                raise InvalidSettings(
                    f"the catalog has no {settings.interface} endpoint of a service of type {settings.service_type!r}"
                    f"{where}; see interface, service_type and region, or set endpoint"
                )
            self._url = found.rstrip("/")
        return self._url

    @property
    def project_id(self) -> str | None:
        """The project that the login is for."""
        return self._plugin.get_project_id(self._sessions.get())

    @property
    def user_id(self) -> str | None:
        """The user who is logged in."""
        return self._plugin.get_user_id(self._sessions.get())

    def send(
        self,
        method: str,
        container: str = "",
        name: str = "",
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        stream: bool = False,
    ) -> requests.Response:
        """The answer to one request, whatever its status."""
        path = "".join(f"/{quote(part, safe='/' if part is name else '')}" for part in (container, name) if part)
        more = f"?{urlencode(query)}" if query else ""
        told = {"Accept-Encoding": "identity", **(headers or {})}
        return self.ask_url(method, f"{self.url}{path}{more}", headers=told, body=body, stream=stream)

    def ask_url(self, method: str, url: str, **more: Any) -> requests.Response:
        """The answer to one request for a URL of this login's cloud."""
        timeout = (self.settings.connect_timeout, self.settings.read_timeout)
        if "body" in more:
            more["data"] = more.pop("body")
        return self._sessions.get().request(
            url, method, auth=self._plugin, raise_exc=False, log=False, redirect=False, timeout=timeout, **more
        )

    def ask(
        self, method: str, container: str = "", name: str = "", *, also: frozenset[int] = frozenset(), **more: Any
    ) -> requests.Response:
        """The answer to one request, of a status below 300 or one of `also`.

        Raises:
            StoreError: for any other status, by its meaning.
        """
        answer = self.send(method, container, name, **more)
        if answer.status_code < 300 or answer.status_code in also:
            return answer
        said = ""
        if method != "HEAD":
            said = (
                answer.raw.read(1000, decode_content=False).decode("utf-8", "replace")
                if more.get("stream")
                else answer.text[:1000]
            )
        answer.close()
        raise refusal(answer.status_code, f"{method} {container}/{name}".rstrip("/"), said)

    def remove(self, container: str, name: str = "", **more: Any) -> bool:
        """Delete an object or a container; False when it was gone."""
        return self.ask("DELETE", container, name, also=MISSING, **more).status_code not in MISSING

    def listing(self, container: str = "", *, prefix: str = "", delimiter: str = "") -> Iterator[Item]:
        """Objects of a container by name, or containers of the account; none when it is not there."""
        query = {"format": "json", "limit": str(_PAGE), "prefix": prefix, "delimiter": delimiter}
        query = {key: value for key, value in query.items() if value}
        while True:
            answer = self.ask("GET", container, query=query, also=MISSING)
            if answer.status_code in MISSING or answer.status_code == 204:
                return
            page = answer.json()
            if not page:
                return
            for line in page:
                yield _item(line)
            query["marker"] = page[-1].get("name") or page[-1]["subdir"]


def _item(line: Mapping[str, Any]) -> Item:
    if "subdir" in line:
        return Item(line["subdir"], folder=True)
    size, etag = int(line.get("bytes") or 0), str(line.get("slo_etag") or line.get("hash") or "")
    return Item(line["name"], size, etag.strip('"'), str(line.get("last_modified", "")))
