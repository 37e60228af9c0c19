"""Glance itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket

from servers.folder import private_folder
from servers.glance.library import Library
from servers.gunicorn import gunicorn, listener
from servers.ini import Groups, ini, merged
from servers.keystone import Account, Keystone
from servers.manage import manage
from servers.process import Process
from servers.server import Server
from servers.venvs import environment

REQUIREMENTS = ("glance==33.0.0", "gunicorn")


@dataclass(frozen=True)
class Store:
    """A store: the driver's name, and the options of its group."""

    driver: str
    options: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def file(cls, folder: Path) -> "Store":
        return cls("file", {"filesystem_store_datadir": folder})


class Glance(Server):
    """Glance's API on 127.0.0.1, with sqlite, known to a Keystone, whose users may come.

    stores:  by their names; the first is the default one. Glance's own two for staging and tasks come with it.
    library: the glance_store below it; `requirements` are installed beside it (the SDKs of its drivers).
    options: of its configuration, by group, beside and before those written here.
    folder: of its database and files; one that a stopped Glance has left is gone on with, as after an upgrade.

    url: where it is. staging, tasks: the folders of its own two stores. logs: what it has written. process: gunicorn's;
    its one child does the work.
    """

    def __init__(
        self,
        keystone: Keystone,
        stores: Mapping[str, Store],
        *,
        library: Library = Library.OURS,
        requirements: tuple[str, ...] = (),
        options: Groups | None = None,
        folder: Path | None = None,
    ) -> None:
        super().__init__()
        self._keystone = keystone
        self._stores = stores
        self._library = library
        self._requirements = (*REQUIREMENTS, *library.value, *requirements)
        self._variant = "-sdks" if requirements else ""
        self._options = options or {}
        self._given = folder

    def _start(self) -> None:
        venv = environment(f"glance-service-{self._library.name.lower()}{self._variant}", self._requirements)
        self.folder = private_folder(self._undo, self._given, "glance")
        self.staging, self.tasks = self.folder / "staging", self.folder / "tasks"
        for name in ("staging", "tasks", "cache", "locks", "etc"):
            (self.folder / name).mkdir(exist_ok=True)
        on = listener(self._undo)
        self.url = f"http://127.0.0.1:{on.getsockname()[1]}"
        account = self._keystone.account("glance", project="service", roles=("admin", "service"))
        groups = merged(self._groups(venv, account), self._options)
        conf = self.folder / "etc" / "glance-api.conf"
        conf.write_text(ini(groups))
        manage([venv / "bin" / "glance-manage", "--config-file", conf, "db_sync"], self.folder / "manage.log")
        self.process = self._gunicorn(venv, on)
        self._start_part(self.process)
        on.close()
        self.logs = [self.folder / name for name in ("manage.log", "gunicorn.log", "access.log")]
        self._keystone.service("image", "glance", self.url)

    def _gunicorn(self, venv: Path, on: socket) -> Process:
        told = {"OS_GLANCE_CONFIG_DIR": str(self.folder / "etc")}
        return gunicorn(
            venv, "glance.wsgi.api:application", on, folder=self.folder, environment=told, ready="/healthcheck"
        )

    def worker(self) -> int:
        """Return the pid of the process that does the work."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def _groups(self, venv: Path, account: Account) -> dict[str, Mapping[str, object]]:
        here = self.folder
        return {
            "DEFAULT": {
                "use_stderr": True,
                "enabled_backends": ", ".join(f"{name}:{store.driver}" for name, store in self._stores.items()),
                "enabled_import_methods": "[glance-direct,web-download,copy-image]",
                "worker_self_reference_url": self.url,
                "show_multiple_locations": True,
                "show_image_direct_url": True,
                "image_cache_dir": here / "cache",
            },
            "database": {"connection": f"sqlite:///{here}/glance.db"},
            "glance_store": {"default_backend": next(iter(self._stores))},
            "os_glance_staging_store": {"filesystem_store_datadir": self.staging},
            "os_glance_tasks_store": {"filesystem_store_datadir": self.tasks},
            **{name: store.options for name, store in self._stores.items()},
            # Web servers of tests are on this machine, at any port.
            "import_filtering_opts": {"allowed_hosts": "[127.0.0.1,localhost]", "allowed_ports": "[]"},
            "keystone_authtoken": account.middleware(),
            "paste_deploy": {"flavor": "keystone", "config_file": venv / "etc/glance/glance-api-paste.ini"},
            "oslo_policy": {"enforce_new_defaults": True, "enforce_scope": True},
            "oslo_concurrency": {"lock_path": here / "locks"},
            "wsgi": {"task_pool_threads": 4},
        }
