"""Swift itself."""

import http.client
import os
import secrets
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from servers.debian import need
from servers.folder import private_folder
from servers.ini import Groups
from servers.keystone import Account, Keystone
from servers.manage import manage
from servers.missing import Missing
from servers.ports import answers, free_port
from servers.process import Process, StartError
from servers.server import Server
from servers.swift.configuration import BACKENDS, write_configuration
from servers.venvs import environment

_VERSION = "2.38.3"
PACKAGES = ("memcached",)
REQUIREMENTS = (f"swift=={_VERSION}", "keystonemiddleware")
_LAUNCH = Path(__file__).with_name("launch.py")
_TRIES = 3


@dataclass(frozen=True)
class TempauthUser:
    """A user of Swift's own tempauth, who logs in at `auth_url` as ACCOUNT:NAME (v1 authentication).

    By S3 the same pair is the access key, and the password the secret key.
    """

    auth_url: str
    user: str
    password: str = field(repr=False)


class Swift(Server):
    """Swift on 127.0.0.1: proxy, account, container and object server, one disk, memcached.

    Large objects (SLO and DLO), quotas, rate limits, server-side copies, bulk deletes and S3 (`s3api`) are there. Users
    come by Keystone, when there is one, which then knows Swift as the service `object-store`; and by tempauth.

    keystone: whose users may come. options: of the proxy's configuration, by group. constraints: of swift.conf.

    url:    the proxy's, without a path; S3 is at its root. port: the proxy's. tempauth: the one user of tempauth.
    version: of Swift. disk: the folder with everything stored. logs: what the servers have written.
    """

    def __init__(
        self,
        keystone: Keystone | None = None,
        *,
        options: Groups | None = None,
        constraints: Mapping[str, int] | None = None,
        folder: Path | None = None,
    ) -> None:
        super().__init__()
        self.version = _VERSION
        self._keystone = keystone
        self._options = options or {}
        self._constraints = constraints or {}
        self._given = folder
        self._processes: list[Process] = []

    def _start(self) -> None:
        need(*PACKAGES)
        self._venv = environment("swift", REQUIREMENTS)
        self.folder = private_folder(self._undo, self._given, "swift")
        self.disk = self.folder / "srv" / "d1"
        self.disk.mkdir(parents=True)
        (self.folder / "etc").mkdir()
        _require_attributes(self.disk)
        service = None
        if self._keystone is not None:
            service = self._keystone.account("swift", project="service", roles=("admin", "service"))
        self._password = secrets.token_hex(16)
        for attempt in range(1, _TRIES + 1):
            try:
                self._run(service)
                return
            except StartError as error:
                # Between choosing a port and listening on it, another process may have taken it.
                if attempt == _TRIES or "in use" not in str(error):
                    raise
                self._end()

    def _run(self, service: Account | None) -> None:
        self._ports = {name: free_port() for name in (*BACKENDS, "proxy", "memcached")}
        self.port = self._ports["proxy"]
        self.url = f"http://127.0.0.1:{self.port}"
        self.tempauth = TempauthUser(f"{self.url}/auth/v1.0", "test:tester", self._password)
        user = ("test", "tester", self._password)
        write_configuration(
            self.folder,
            self._ports,
            service=service,
            user=user,
            options=self._options,
            constraints=self._constraints,
        )
        rings = [f"{name}={self._ports[name]}" for name in BACKENDS]
        command: list[str | Path] = [self._venv / "bin" / "python", _LAUNCH, "rings", self.folder / "etc", *rings]
        manage(command, self.folder / "rings.log")
        self._undo.callback(self._end)
        self._launch()
        self.logs = [process.log for process in self._processes]
        if self._keystone is not None:
            self._keystone.service("object-store", "swift", self.storage_url("%(project_id)s"))

    def _launch(self) -> None:
        port = self._ports["memcached"]
        memcached: list[str | Path] = ["memcached", "-u", "root", "-l", "127.0.0.1", "-p", str(port), "-m", "64"]
        self._begin(Process(memcached, folder=self.folder / "memcached", ready=lambda: answers(port)))
        python = self._venv / "bin" / "python"
        told = {**os.environ, "PYTHONWARNINGS": "ignore"}
        # Together they take three seconds, one after the other twelve: the proxy is asked only when all have begun.
        for name in BACKENDS:
            command: list[str | Path] = [python, _LAUNCH, self.folder / "etc", name]
            self._begin(Process(command, folder=self.folder / name, environment=told))
        command = [python, _LAUNCH, self.folder / "etc", "proxy"]
        self._begin(Process(command, folder=self.folder / "proxy", environment=told, ready=self._healthy, deadline=120))

    def _begin(self, process: Process) -> None:
        self._processes.append(process)
        process.start()

    def _healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthcheck")
            proxy = connection.getresponse().status == 200
        finally:
            connection.close()
        return proxy and all(answers(self._ports[name]) for name in BACKENDS)

    def _end(self) -> None:
        processes, self._processes = self._processes, []
        for process in reversed(processes):
            process.stop()

    def storage_url(self, project: str) -> str:
        """Return where the objects of a project of Keystone's are; the project by its id."""
        return f"{self.url}/v1/AUTH_{project}"

    def operator(self, user: str, *, project: str | None = None) -> Account:
        """Return a user of Keystone's who may make containers in his project."""
        if self._keystone is None:
            raise RuntimeError("this Swift was started without a Keystone")
        return self._keystone.account(user, project=project, roles=("member", "swiftoperator"))

    def kill(self) -> None:
        """End all servers at once by SIGKILL, as a power cut does; what is on the disk stays."""
        for process in self._processes:
            os.kill(process.pid, signal.SIGKILL)
        self._end()

    def forget_tokens(self) -> None:
        """Let all tokens of tempauth end now: Swift keeps them in memcached, which is emptied."""
        with socket.create_connection(("127.0.0.1", self._ports["memcached"]), timeout=10) as connection:
            connection.sendall(b"flush_all\r\n")
            said = connection.recv(64)
        if said != b"OK\r\n":
            raise RuntimeError(f"memcached keeps its tokens: {said!r}")

    def revive(self) -> None:
        """Start the servers again, on the same ports and with the same disk. Tokens of tempauth are forgotten."""
        self._launch()


def _require_attributes(folder: Path) -> None:
    try:
        os.setxattr(folder, "user.swift.probe", b"1" * 1000)
        os.removexattr(folder, "user.swift.probe")
    except OSError as error:
        raise Missing(f"Swift needs extended attributes on files, and {folder} has none: {error.strerror}") from error
