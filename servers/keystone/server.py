"""Keystone itself."""

import base64
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from servers.folder import private_folder
from servers.gunicorn import gunicorn, listener
from servers.ini import ini
from servers.keystone.account import Account
from servers.keystone.identity import Identity
from servers.manage import manage
from servers.server import Server
from servers.venvs import environment

REQUIREMENTS = ("keystone==30.0.0", "gunicorn")
_REGION = "RegionOne"
_INTERFACES = ("public", "internal", "admin")


class Keystone(Server):
    """Keystone on 127.0.0.1, with sqlite and fernet tokens, and an administrator.

    admin:     the administrator's account; `url`: where to log in, with /v3 at its end.
    passwords: every password that it has made; they are random, so that they can be searched for in logs.
    logs:      what it has written.
    """

    def __init__(self, *, folder: Path | None = None) -> None:
        super().__init__()
        self._given = folder
        self.passwords: list[str] = []
        self._users: dict[str, str] = {}

    def _start(self) -> None:
        venv = environment("keystone", REQUIREMENTS)
        self.folder = private_folder(self._undo, self._given, "keystone")
        on = listener(self._undo)
        self.url = f"http://127.0.0.1:{on.getsockname()[1]}/v3"
        self.admin = Account(self.url, "admin", "admin", self._password(), _REGION)
        self._write_files()
        self._manage(venv, "db_sync")
        urls = [f"--bootstrap-{interface}-url={self.url}" for interface in _INTERFACES]
        self._manage(venv, "bootstrap", f"--bootstrap-region-id={_REGION}", *urls)
        self._start_part(gunicorn(venv, "application:application", on, folder=self.folder, ready="/v3"))
        on.close()
        self.logs = [self.folder / name for name in ("manage.log", "gunicorn.log", "access.log")]
        self._identity = Identity(self.admin)
        self._undo.callback(self._identity.close)

    def account(self, user: str, *, project: str | None = None, roles: Sequence[str] = ("member",)) -> Account:
        """Give a user these roles in a project, by default one of his own name; who and what is absent is made."""
        password = self._users.get(user) or self._password()
        in_project = self._identity.project(project or user)
        made = self._identity.user(user, password)
        for role in roles:
            self._identity.grant(made, in_project, self._identity.role(role))
        self._users[user] = password
        return Account(self.url, project or user, user, password, _REGION)

    def service(self, kind: str, name: str, url: str | Mapping[str, str]) -> None:
        """Write a service into the catalogue: one URL, or those of its interfaces public, internal and admin.

        There is one of each name; what the catalogue said of it before is replaced.
        """
        service = self._identity.service(kind, name)
        urls = dict.fromkeys(_INTERFACES, url) if isinstance(url, str) else url
        for interface, one in urls.items():
            self._identity.endpoint(service, interface, _REGION, one)

    @contextmanager
    def elsewhere(self, kind: str, name: str, region: str, urls: Mapping[str, str]) -> Iterator[None]:
        """In this context the service is in another region too, with a URL for each of these interfaces."""
        service = self._identity.service(kind, name)
        try:
            for interface, url in urls.items():
                self._identity.endpoint(service, interface, region, url)
            yield
        finally:
            for interface in urls:
                self._identity.no_endpoint(service, interface, region)

    def _password(self) -> str:
        # Letters and digits only: however a log quotes or encodes it, it stays the same.
        self.passwords.append(secrets.token_hex(16))
        return self.passwords[-1]

    def _write_files(self) -> None:
        for name in ("tokens", "credentials"):
            # What `keystone-manage fernet_setup` makes, without its five seconds: one key in use, one to come.
            keys = self.folder / name
            keys.mkdir(mode=0o700)
            for key in ("0", "1"):
                (keys / key).touch(mode=0o600)
                (keys / key).write_bytes(base64.urlsafe_b64encode(os.urandom(32)))
        conf = self.folder / "keystone.conf"
        conf.write_text(ini(self._groups()))
        # Keystone takes the arguments of the process for its own.
        arguments = ["keystone", "--config-file", str(conf)]
        text = f"import sys\nsys.argv = {arguments}\nfrom keystone.wsgi.api import application\n"
        (self.folder / "application.py").write_text(text)

    def _groups(self) -> dict[str, dict[str, object]]:
        return {
            "DEFAULT": {"use_stderr": True},
            "database": {"connection": f"sqlite:///{self.folder}/keystone.db"},
            "token": {"provider": "fernet", "expiration": 86400},
            "fernet_tokens": {"key_repository": self.folder / "tokens"},
            "fernet_receipts": {"key_repository": self.folder / "tokens"},
            "credential": {"key_repository": self.folder / "credentials"},
            "cache": {"enabled": True, "backend": "oslo_cache.dict"},
            # A login takes 18 ms then, and not 310; services that log in for every request are usual.
            "identity": {"password_hash_rounds": 4},
        }

    def _manage(self, venv: Path, *words: str) -> None:
        program, conf = venv / "bin" / "keystone-manage", self.folder / "keystone.conf"
        # The password of the administrator, which is for bootstrap, is not for the list of processes.
        told = {"OS_BOOTSTRAP_PASSWORD": self.admin.password}
        manage([program, "--config-file", conf, *words], self.folder / "manage.log", told)
