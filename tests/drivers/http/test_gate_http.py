"""The gate for the http driver, on nginx: by TLS with a private authority, behind a password, with and without ranges."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote, unquote

import pytest
from orlop.drivers.http.driver import HttpDriver
from orlop.drivers.http.settings import HttpSettings
from orlop.gate import Gate, Witness

from servers.pki import Authority
from tests.drivers.http.nginx import PASSWORDS, Nginx

pytestmark = pytest.mark.server


class WebWitness(Witness):
    """Looks into the folder that nginx serves."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self._url = folder, url

    def names(self) -> set[str]:
        return {path.name for path in self._folder.iterdir()}

    def read(self, location: str) -> bytes | None:
        try:
            return self._path(location).read_bytes()
        except FileNotFoundError:
            return None

    def seed(self, image_id: str, data: bytes) -> str:
        (self._folder / image_id).write_bytes(data)
        return f"{self._url}/{quote(image_id, safe='')}"

    def unseed(self, location: str) -> None:
        self._path(location).unlink()

    def server_version(self) -> str:
        return subprocess.run(["/usr/sbin/nginx", "-v"], capture_output=True, text=True, check=True).stderr.strip()

    def _path(self, location: str) -> Path:
        return self._folder / unquote(location.removeprefix(f"{self._url}/"))


class TestHttp(Gate):
    """Plain http, addressed by locations alone."""

    ceiling_size: ClassVar[int] = 96 * 1024 * 1024

    @pytest.fixture
    def url(self, nginx: Nginx) -> str:
        return f"{nginx.base}/gate"

    @pytest.fixture
    def driver(self, url: str) -> HttpDriver:
        return HttpDriver(HttpSettings(attempts=2))

    @pytest.fixture
    def witness(self, nginx: Nginx, url: str) -> WebWitness:
        folder = nginx.folder / "www" / "gate"
        folder.mkdir(exist_ok=True)
        return WebWitness(folder, url)


class TestHttps(TestHttp):
    """TLS, a password, and images found by id under `url`."""

    @pytest.fixture
    def url(self, nginx: Nginx) -> str:
        return f"{nginx.tls_base}/locked/gate"

    @pytest.fixture
    def driver(self, url: str, authority: Authority) -> HttpDriver:
        return HttpDriver(
            HttpSettings(attempts=2, url=url, ca_file=authority.ca, username="odd", password=PASSWORDS["odd"])
        )
