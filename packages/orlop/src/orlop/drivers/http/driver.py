"""Images on web servers. What a location may ask of this machine, and who gets credentials, is in `policy.py`."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, unquote

from orlop.capabilities import Capability
from orlop.driver import Blob, Driver
from orlop.drivers.http.answer import Answer
from orlop.drivers.http.blob import HttpBlob
from orlop.drivers.http.client import Client, Place
from orlop.drivers.http.failures import classify, refusal
from orlop.drivers.http.settings import HttpSettings
from orlop.drivers.http.targets import parse
from orlop.errors import StoreError, Unsupported
from orlop.records import Finding, Severity, Stat

_HEAD_REFUSED = frozenset({400, 401, 403, 405, 501})
"""What servers answer to HEAD which would answer GET: a signature is for one method only."""


class HttpDriver(Driver[HttpSettings]):
    """Reads images by https and http."""

    settings_type = HttpSettings
    schemes = ("https", "http")
    capabilities = Capability.READ_ACCESS | Capability.READ_RANDOM | Capability.DRIVER_REUSABLE

    def __init__(self, settings: HttpSettings) -> None:
        super().__init__(settings)
        self._client = Client(settings)

    def open(self, location: str) -> Blob:
        return HttpBlob(self._client, self._client.place(location), self.settings.lanes)

    def stat(self, location: str) -> Stat:
        place = self._client.place(location)
        answer = self._client.ask("HEAD", place)
        answer.release()
        if answer.status in _HEAD_REFUSED or (answer.status == 200 and answer.length is None):
            answer = self._client.ask_for_content("GET", place, {"Range": "bytes=0-0"})
            answer.release()
        elif answer.status not in {200, 203}:
            raise refusal(answer.status, str(answer.target), answer.header("Retry-After"))
        answer.refuse_encoding()
        size = answer.unsatisfied if answer.status == 416 else answer.version.size
        return Stat(place.home.url, size, self._image_id(place), modified=answer.modified)

    def classify(self, error: BaseException) -> type[StoreError] | None:
        return classify(error)

    def locate(self, image_id: str) -> str:
        if self.settings.url is None:
            raise Unsupported("this store finds images by their ids only with a url in its settings; use locations")
        location = self._folder(self.settings.url) + quote(image_id, safe="")
        self.stat(location)
        return location

    def check(self) -> Sequence[Finding]:
        findings = [self._who_is_allowed()]
        if self.settings.insecure:
            findings.append(
                Finding(
                    Severity.WARNING, "certificates are not verified (insecure); set ca_file and leave insecure out"
                )
            )
        if self.settings.url is not None:
            findings.append(self._reachable(self.settings.url))
        return findings

    def close(self) -> None:
        self._client.close()

    def _who_is_allowed(self) -> Finding:
        hosts = ", ".join(self.settings.hosts) if self.settings.hosts else "any host"
        private = "private addresses are refused" if self.settings.refuse_private else "private addresses too"
        return Finding(Severity.OK, f"images are read from {hosts}, by https and http; {private}")

    def _reachable(self, url: str) -> Finding:
        """What the server of `url` says to a request for that folder; few servers show one, so most will do."""
        answer = self._client.ask("GET", self._client.place(self._folder(url)), {"Range": "bytes=0-0"})
        answer.release()
        if answer.status in {401, 407} or answer.status >= 500:
            why = refusal(answer.status, str(answer.target), answer.header("Retry-After"))
            # What may pass takes nothing away: the store is asked again, and says so itself.
            return Finding(Severity.ERROR, why.reason, Capability.NONE if why.retryable else Capability.READ_ACCESS)
        safely = (
            "by TLS, its certificate verified" if url.startswith("https:") and not self.settings.insecure else "open"
        )
        return Finding(Severity.OK, f"{url} answers ({answer.status}, {safely}){_ranges(answer)}")

    def _image_id(self, place: Place) -> str | None:
        if self.settings.url is None:
            return None
        folder = self._folder(self.settings.url)
        name = place.home.url.removeprefix(folder)
        return unquote(name) if name and name != place.home.url and not set(name) & set("/?") else None

    @staticmethod
    def _folder(url: str) -> str:
        return parse(url)[0].url.removesuffix("/") + "/"


def _ranges(answer: Answer) -> str:
    if answer.status == 206 or answer.header("Accept-Ranges") == "bytes":
        return "; it has ranges"
    return "; whether it has ranges is seen at each image"
