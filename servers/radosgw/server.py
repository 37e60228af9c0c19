"""The gateway itself."""

import json
import subprocess
from pathlib import Path

from servers.ceph import Ceph
from servers.debian import need
from servers.keystone import Keystone
from servers.pki import Authority
from servers.ports import answers, free_port
from servers.process import Process, StartError
from servers.s3_account import S3Account
from servers.server import Server

PACKAGES = ("radosgw",)

_TRIES = 3
_NAME = "client.rgw.a"
_USER = "glance"
_CONF = """
[{name}]
rgw data = {folder}
rgw frontends = beast endpoint=127.0.0.1:{http} {tls}
rgw thread pool size = 64
rgw dns name = localhost
rgw enable usage log = false
rgw enable ops log = false
rgw run sync thread = false
rgw swift account in url = false
rgw multipart min part size = {least_part}
rgw gc obj min wait = 2
rgw gc processor period = 2
rgw gc processor max time = 2
debug rgw = 0
"""
# What is deleted is thrown away after two seconds and not two hours: a cluster in memory would fill up else.
_KEYSTONE = """
rgw keystone url = {url}
rgw keystone api version = 3
rgw keystone admin user = {user}
rgw keystone admin password = {password}
rgw keystone admin project = {project}
rgw keystone admin domain = Default
rgw keystone accepted roles = member, admin
rgw keystone implicit tenants = false
"""


class Radosgw(Server):
    """A gateway on 127.0.0.1 in front of a cluster that runs.

    account:     S3 with signatures, by http; `tls_account`: the same by TLS, if an authority was given.
    swift_url, swift_user, swift_key: Swift's API by its own authentication, version 1: `swift_url` is where to log in.
    storage_url: Swift's API itself, for the catalogue of a Keystone whose tokens are accepted too, if one was given.
    version:     what Ceph calls itself.

    least_part: bytes that every part of an S3 upload but the last must have; 5 MiB is AWS's limit and Ceph's default.
    """

    def __init__(
        self,
        ceph: Ceph,
        *,
        authority: Authority | None = None,
        keystone: Keystone | None = None,
        least_part: int = 5 * 1024 * 1024,
    ) -> None:
        super().__init__()
        self._least_part = least_part
        self._ceph = ceph
        self._authority = authority
        self._keystone = keystone

    def _start(self) -> None:
        need(*PACKAGES)
        self.folder = self._ceph.folder / "radosgw"
        self.folder.mkdir(exist_ok=True)
        keyring = self._ceph.folder / f"{_NAME}.keyring"
        capabilities = ("mon", "allow rw", "osd", "allow rwx", "mgr", "allow rw")
        self._ceph.run("ceph", "auth", "get-or-create", _NAME, *capabilities, "-o", keyring)
        for attempt in range(1, _TRIES + 1):
            self.port, self.tls_port = free_port(), free_port()
            self.conf.write_text(self._ceph.conf.read_text() + self._configuration())
            try:
                self._serve()
                break
            except StartError:
                # Between choosing a port and listening on it, another process may have taken it.
                if attempt == _TRIES:
                    raise
        self._make_users()
        self.version = self._ceph.run("radosgw", "--version").strip()

    @property
    def conf(self) -> Path:
        """The cluster's configuration with this gateway's part, for its daemon only."""
        return self.folder / "ceph.conf"

    @property
    def storage_url(self) -> str:
        """Where Swift's API is."""
        return f"http://127.0.0.1:{self.port}/swift/v1"

    @property
    def swift_url(self) -> str:
        """Where to log in to Swift's API, version 1."""
        return f"http://127.0.0.1:{self.port}/auth/v1.0"

    def kill(self) -> None:
        """End it at once; `serve_again` follows."""
        self.process.kill()

    def serve_again(self) -> None:
        """Start it again where it was; the cluster has everything still."""
        self._serve()

    def quota(self, size: int) -> None:
        """Let the account hold so many bytes; 0: any number."""
        words = ("radosgw-admin", "quota")
        if size:
            self._ceph.run(*words, "set", "--quota-scope=user", f"--uid={_USER}", f"--max-size={size}")
        self._ceph.run(*words, "enable" if size else "disable", "--quota-scope=user", f"--uid={_USER}")

    def _configuration(self) -> str:
        tls = ""
        if self._authority is not None:
            certificate = self._authority.server
            tls = (
                f"ssl_endpoint=127.0.0.1:{self.tls_port} ssl_certificate={certificate.chain} "
                f"ssl_private_key={certificate.key}"
            )
        text = _CONF.format(name=_NAME, folder=self.folder, http=self.port, tls=tls, least_part=self._least_part)
        if self._keystone is not None:
            known = self._keystone.account("radosgw", project="service", roles=("admin",))
            text += _KEYSTONE.format(
                url=known.auth_url.removesuffix("/v3"), user=known.user, password=known.password, project=known.project
            )
        return text

    def _serve(self) -> None:
        command: list[str | Path] = ["radosgw", "-f", "-n", _NAME, "-c", self.conf]
        ports = [self.port] if self._authority is None else [self.port, self.tls_port]
        self.process = Process(
            command,
            folder=self.folder,
            environment=self._ceph.environment,
            ready=lambda: all(map(answers, ports)),
            deadline=120,
            grace=2,
        )
        self._start_part(self.process)

    def _make_users(self) -> None:
        admin = "radosgw-admin"
        try:
            told = self._ceph.run(admin, "user", "info", f"--uid={_USER}")
        except subprocess.CalledProcessError:
            self._ceph.run(admin, "user", "create", f"--uid={_USER}", f"--display-name={_USER}")
            self._ceph.run(admin, "subuser", "create", f"--uid={_USER}", f"--subuser={_USER}:swift", "--access=full")
            told = self._ceph.run(
                admin, "key", "create", f"--uid={_USER}", f"--subuser={_USER}:swift", "--key-type=swift", "--gen-secret"
            )
        user = json.loads(told)
        keys = user["keys"][0]
        self.account = S3Account(f"http://127.0.0.1:{self.port}", keys["access_key"], keys["secret_key"])
        self.tls_account = S3Account(f"https://localhost:{self.tls_port}", keys["access_key"], keys["secret_key"])
        self.swift_user, self.swift_key = user["swift_keys"][0]["user"], user["swift_keys"][0]["secret_key"]
