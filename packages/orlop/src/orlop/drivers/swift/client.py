"""Requests to the object store: one account, reached through one login."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import requests
from keystoneauth1 import exceptions
from keystoneauth1.session import Session

from orlop.drivers.swift.body import HashedBody
from orlop.drivers.swift.connections import Sessions
from orlop.drivers.swift.failures import MISSING, refusal
from orlop.drivers.swift.login import Login
from orlop.drivers.swift.settings import SwiftSettings
from orlop.errors import InvalidSettings
from orlop.support.redact import Redaction
from orlop.support.redacted_logs import logs_redacted

_PAGE = 10_000


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

    def __init__(self, settings: SwiftSettings, sessions: Sessions, login: Login, url: str | None = None) -> None:
        """`url` is the account's, where it is known; else the settings, clouds.yaml or the catalog say it."""
        self.settings = settings
        self._sessions = sessions
        self._login = login
        self._redaction = Redaction(settings.secrets())
        self._url = url or settings.endpoint or login.endpoint

    def for_account(self, url: str) -> Client:
        """The same login at another account."""
        return Client(self.settings, self._sessions, self._login, url)

    @property
    def url(self) -> str:
        """The storage URL of the account.

        Raises:
            InvalidSettings: the catalog has none.
        """
        if self._url is None:
            settings, login = self.settings, self._login
            wanted: dict[str, Any] = {
                "interface": settings.interface or login.interface or "public",
                "service_type": settings.service_type or login.service_type or "object-store",
                "region_name": settings.region or login.region,
            }
            try:
                found = login.plugin.get_endpoint(self._session, skip_discovery=True, **wanted)
            except exceptions.EndpointNotFound:
                found = None
            if found is None:
                where = f" in region {wanted['region_name']}" if wanted["region_name"] else ""
                raise InvalidSettings(
                    f"the catalog has no {wanted['interface']} endpoint of a service of type "
                    f"{wanted['service_type']!r}{where}; see interface, service_type and region, or set endpoint"
                )
            self._url = found.rstrip("/")
        return self._url

    @property
    def verifies(self) -> bool:
        """Whether servers have to show a certificate that is trusted."""
        return self._session.verify is not False

    @property
    def token(self) -> str | None:
        """A token to act with."""
        return self._login.plugin.get_token(self._session)

    @property
    def project_id(self) -> str | None:
        """The project that the login is for."""
        return self._login.plugin.get_project_id(self._session)

    @property
    def user_id(self) -> str | None:
        """The user who is logged in."""
        return self._login.plugin.get_user_id(self._session)

    @property
    def _session(self) -> Session:
        return self._sessions.get(self._login.trusted)

    def send(
        self,
        method: str,
        container: str = "",
        name: str = "",
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | HashedBody | None = None,
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
        with logs_redacted(self._redaction):
            return self._session.request(
                url,
                method,
                auth=self._login.plugin,
                raise_exc=False,
                log=False,
                redirect=False,
                timeout=timeout,
                **more,
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
