"""One question to wherever the image is: redirects followed, and each step held against the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from orlop.drivers.http.answer import Answer
from orlop.drivers.http.connections import Connections
from orlop.drivers.http.failures import refusal
from orlop.drivers.http.policy import Hop, Policy
from orlop.drivers.http.settings import HttpSettings
from orlop.drivers.http.targets import PORTS, Credentials, Target, parse
from orlop.errors import BackendError, InvalidLocation, PermissionDenied, Unavailable

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Place:
    """A location, taken apart: where it begins, and the credentials in it."""

    home: Target
    own: Credentials | None
    begin: Hop


class Client:
    """Asks servers; safe in many threads."""

    def __init__(self, settings: HttpSettings) -> None:
        self._settings = settings
        self._policy = Policy(settings)
        self._connections = Connections(settings)

    def place(self, location: str) -> Place:
        """The place that `location` names.

        Raises:
            InvalidLocation: it is malformed, or at a host that this store does not talk to.
        """
        home, own = parse(location)
        if not self._policy.allows(home):
            raise InvalidLocation(f"this store does not talk to {home.host}; its hosts setting says to whom it does")
        return Place(home, own, self._policy.begin(home))

    def ask(
        self, method: str, place: Place, headers: Mapping[str, str] | None = None, hop: Hop | None = None
    ) -> Answer:
        """The answer to GET or HEAD at `place`, from wherever it leads to, or at once by `hop`, where it led.

        Raises:
            BackendError: a redirect leads nowhere, or on and on.
            PermissionDenied: a redirect leads where this store does not go.
        """
        hop = hop or place.begin
        for _ in range(self._settings.max_redirects + 1):
            answer = self._ask_once(method, place, headers or {}, hop)
            if answer.status not in _REDIRECTS:
                return answer
            answer.release()
            hop = self._next(answer)
        raise BackendError(f"more than {self._settings.max_redirects} redirects, the last one to {hop.target}")

    def ask_for_content(
        self, method: str, place: Place, headers: Mapping[str, str] | None = None, hop: Hop | None = None
    ) -> Answer:
        """The same, of an answer that has content (200, 203, 206) or says that the range is empty (416).

        Raises:
            StoreError: for any other status, by its meaning.
        """
        answer = self.ask(method, place, headers, hop)
        try:
            if answer.status not in {200, 203, 206, 416}:
                raise refusal(answer.status, str(answer.target), answer.header("Retry-After"))
            if answer.status != 416:
                answer.refuse_encoding()
        except BaseException:
            answer.release()
            raise
        return answer

    def ask_for_beginning(self, place: Place, size: int) -> Answer:
        """The answer with the first `size` bytes, or with all, or a 416 of an image that has none.

        Raises:
            StoreError: the server does not send them.
        """
        answer = self.ask_for_content("GET", place, {"Range": f"bytes=0-{size - 1}"})
        try:
            empty = answer.is_empty
            if empty or answer.status == 416 or (answer.status == 206 and answer.range[2] is None):
                # A server that takes our first bytes for no range, or does not tell the size with one: without, then.
                # Nor is an image empty because of one empty answer: that is what a box on the way says for a server.
                ranged = answer.status == 416
                answer.release()
                answer = self.ask_for_content("GET", place)
                if empty and not ranged and not answer.is_empty:
                    raise Unavailable(f"{answer.target} says of the same image that it is empty and that it is not")
                if answer.status == 416 and not (empty and answer.is_empty):
                    raise refusal(416, str(answer.target))
            if answer.status == 206 and answer.range[0] != 0:
                raise BackendError(
                    f"{answer.target} sent bytes from {answer.range[0]} on, and was asked for those from 0"
                )
        except BaseException:
            answer.release()
            raise
        return answer

    def close(self) -> None:
        """Close the idle connections."""
        self._connections.close()

    def _ask_once(self, method: str, place: Place, headers: Mapping[str, str], hop: Hop) -> Answer:
        # No encoding: the image's own bytes are wanted, and ranges of them.
        full = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "orlop", **headers}
        if (credentials := self._policy.credentials(hop.target, place.home, place.own)) is not None:
            full["Authorization"] = credentials.header()
        return Answer(self._connections.request(method, hop.target, full, hop.reach), hop)

    def _next(self, answer: Answer) -> Hop:
        here = answer.target
        text = answer.header("Location")
        if text is None:
            raise BackendError(f"{here} answered {answer.status}, a redirect, and does not say where to")
        try:
            # http.client reads headers as latin-1; servers mean UTF-8, if they do not quote.
            joined = urljoin(here.url, text.encode("latin-1").decode("utf-8", "replace"))
            scheme = urlsplit(joined).scheme
        except ValueError:
            raise BackendError(f"{here} redirects to something that is no URL") from None
        if scheme not in PORTS:
            raise PermissionDenied(f"{here} redirects to a {scheme}: URL; only https: and http: ones are followed")
        try:
            # A name and password in a Location header are the server's wish, not ours: they are left out.
            target, _ = parse(joined)
        except InvalidLocation as error:
            raise BackendError(f"{here} redirects to something that is no URL: {error.reason}") from None
        if here.scheme == "https" and target.scheme == "http":
            raise PermissionDenied(f"{here} redirects from https to http, to {target}; that is not followed")
        return self._policy.redirected(answer.hop, answer.address, target)
