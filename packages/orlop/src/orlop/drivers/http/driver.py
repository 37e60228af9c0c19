"""Images on web servers. What a location may ask of this machine, and who gets credentials, is in `policy.py`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import quote, unquote

from urllib3.exceptions import ProtocolError

from orlop.capabilities import Capability
from orlop.driver import Blob, Driver
from orlop.drivers.http.answer import Answer
from orlop.drivers.http.blob import HttpBlob
from orlop.drivers.http.client import Client, Place
from orlop.drivers.http.failures import classify, refusal
from orlop.drivers.http.settings import HttpSettings
from orlop.drivers.http.targets import parse
from orlop.errors import BackendError, StoreError, Unsupported
from orlop.records import Finding, Severity, Stat


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
        answer = self._head(place)
        if answer is None:
            answer = self._client.ask_for_beginning(place, 1)
            answer.release()
        size = answer.unsatisfied if answer.status == 416 else answer.version.size
        return Stat(place.home.url, size, self._image_id(place), modified=answer.modified)

    def _head(self, place: Place) -> Answer | None:
        """The answer to HEAD where it can be believed: one that names a size.

        Servers refuse HEAD (a signature is for one method only), do not know it, or answer without looking at the
        image: what they say then is nothing about what GET would give.
        """
        try:
            answer = self._client.ask("HEAD", place)
        except ProtocolError:
            return None  # some end the connection
        answer.release()
        with suppress(BackendError):
            answer.refuse_encoding()
            if answer.status in {200, 203} and answer.length:
                return answer
        return None

    def classify(self, error: BaseException) -> type[StoreError] | None:
        return classify(error)

    def server_of(self, location: str) -> str:
        target, _ = parse(location)
        return f"{target.host}:{target.port}"

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
