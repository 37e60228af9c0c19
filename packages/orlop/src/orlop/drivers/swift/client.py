"""Requests to the object store: one account, reached through one login."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import requests
from keystoneauth1 import exceptions
from keystoneauth1.session import Session

from orlop.drivers.swift.account import problem_of_url
from orlop.drivers.swift.body import HashedBody
from orlop.drivers.swift.connections import Sessions
from orlop.drivers.swift.failures import MISSING, Request, problem_with, understood
from orlop.drivers.swift.listing import Item, page_of
from orlop.drivers.swift.login import Login
from orlop.drivers.swift.settings import SwiftSettings
from orlop.errors import InvalidSettings
from orlop.support.redact import Redaction
from orlop.support.redacted_logs import logs_redacted


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
                with understood():
                    found = login.plugin.get_endpoint(self._session, skip_discovery=True, **wanted)
            except exceptions.EndpointNotFound:
                found = None
            if found is None:
                where = f" in region {wanted['region_name']}" if wanted["region_name"] else ""
                raise InvalidSettings(
                    f"the catalog has no {wanted['interface']} endpoint of a service of type "
                    f"{wanted['service_type']!r}{where}; see interface, service_type and region, or set endpoint"
                )
            if problem := problem_of_url(found):
                raise InvalidSettings(f"the storage URL that the catalog gives {problem}; set endpoint")
            self._url = found.rstrip("/")
        return self._url

    @property
    def auth_url(self) -> str | None:
        """Where the login is made, by the settings, clouds.yaml or OS_*."""
        found = self.settings.auth_url or getattr(self._login.plugin, "auth_url", None)
        return found if isinstance(found, str) else None

    @property
    def verifies(self) -> bool:
        """Whether servers have to show a certificate that is trusted."""
        return self._session.verify is not False

    @property
    def token(self) -> str | None:
        """A token to act with."""
        with understood():
            return self._login.plugin.get_token(self._session)

    @property
    def project_id(self) -> str | None:
        """The project that the login is for."""
        with understood():
            return self._login.plugin.get_project_id(self._session)

    @property
    def user_id(self) -> str | None:
        """The user who is logged in."""
        with understood():
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
        with logs_redacted(self._redaction), understood():
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
        self,
        method: str,
        container: str = "",
        name: str = "",
        *,
        also: frozenset[int] = frozenset(),
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
        **more: Any,
    ) -> requests.Response:
        """The answer to one request, a success by Swift's own word, or of one of the statuses `also`.

        Raises:
            StoreError: for any other answer, by its meaning.
        """
        request = Request(method, container, name, create_only="If-None-Match" in (headers or {}))
        answer = self.send(method, container, name, headers=headers, stream=stream, **more)
        problem = problem_with(request, answer, also)
        if problem is None:
            return answer
        if method != "HEAD":
            raw = answer.raw.read(1000, decode_content=False) if stream else answer.content[:1000]
            problem = problem_with(request, answer, also, raw.decode("utf-8", "replace")) or problem
        answer.close()
        raise problem

    def remove(self, container: str, name: str = "", **more: Any) -> bool:
        """Delete an object or a container; False when it was gone."""
        return self.ask("DELETE", container, name, also=MISSING, **more).status_code not in MISSING

    def listing(self, container: str = "", *, prefix: str = "", delimiter: str = "") -> Iterator[Item]:
        """Objects of a container by name, or containers of the account; none when it is not there.

        How many come at once is the server's matter: it refuses to be asked for more than it wants to give.
        """
        for page, _ in self.pages(container, prefix=prefix, delimiter=delimiter):
            yield from page

    def pages(
        self, container: str = "", *, prefix: str = "", delimiter: str = ""
    ) -> Iterator[tuple[list[Item], Mapping[str, str]]]:
        """The same in the pages in which they come, each with the headers of its answer."""
        query = {"format": "json", "prefix": prefix, "delimiter": delimiter, "marker": ""}
        while True:
            told = {key: value for key, value in query.items() if value}
            answer = self.ask("GET", container, query=told, also=MISSING)
            if answer.status_code in MISSING:
                return
            page = page_of(answer, query["marker"], container or "the account")
            yield page, answer.headers
            if not page:
                return
            query["marker"] = page[-1].name
