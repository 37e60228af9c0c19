"""nginx itself."""

from pathlib import Path
from urllib.parse import quote

from servers.debian import need
from servers.folder import private_folder
from servers.nginx.configuration import configuration, password_line
from servers.pki import Authority
from servers.ports import answers, free_port
from servers.process import Process, StartError
from servers.server import Server

PACKAGES = ("nginx-light", "openssl")

USER = "glance"
PASSWORD = "s3cr:t p@ss"

_TRIES = 3


class Nginx(Server):
    """nginx on 127.0.0.1; its locations are in nginx.conf.in.

    www:        the folder that is served under /img/, /auth/, /norange/, /slow/, /gz/, /nohead/.
    http_port, https_port: the same locations, plain and by TLS.
    mtls_port:  TLS for those who show a certificate of the authority, /img/ only.
    echo_port:  answers with the Authorization and the Cookie of the request; /rhost/ leads there.
    """

    def __init__(self, authority: Authority, *, folder: Path | None = None) -> None:
        super().__init__()
        self._authority = authority
        self._given = folder

    def _start(self) -> None:
        need(*PACKAGES)
        self.folder = private_folder(self._undo, self._given, "nginx")
        self.www = self.folder / "www"
        for name in ("www", "tmp"):
            (self.folder / name).mkdir()
        (self.folder / "htpasswd").write_text(password_line(USER, PASSWORD))
        for attempt in range(1, _TRIES + 1):
            try:
                self._run()
                return
            except StartError as error:
                # Between choosing a port and listening on it, another process may have taken it.
                if attempt == _TRIES or "Address already in use" not in str(error):
                    raise

    def _run(self) -> None:
        self.http_port, self.https_port = free_port(), free_port()
        self.mtls_port, self.echo_port = free_port(), free_port()
        ports = {name: getattr(self, name) for name in ("http_port", "https_port", "mtls_port", "echo_port")}
        file = self.folder / "nginx.conf"
        file.write_text(configuration(self.folder, ports, self._authority))
        command: list[str | Path] = [
            "/usr/sbin/nginx",
            "-p",
            self.folder,
            "-c",
            file,
            "-e",
            "stderr",
        ]
        self.process = Process(command, folder=self.folder, ready=lambda: all(map(answers, ports.values())))
        self._start_part(self.process)

    def put(self, name: str, content: bytes) -> str:
        """Write a file, and return its path in a URL, to follow /img and its like."""
        file = self.www / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return "/" + quote(name)

    def url(self, path: str, scheme: str = "http") -> str:
        """Return the URL of a path on the http or https port."""
        return f"{scheme}://127.0.0.1:{getattr(self, f'{scheme}_port')}{path}"
