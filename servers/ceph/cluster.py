"""The cluster as a whole."""

import json
import os
import subprocess
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

from servers.ceph.configuration import configuration
from servers.ceph_modules import link_modules
from servers.debian import need
from servers.folder import private_folder
from servers.missing import Missing
from servers.ports import free_port
from servers.process import Process, StartError
from servers.server import Server

PACKAGES = ("ceph-mon", "ceph-mgr", "ceph-osd", "ceph-common", "python3-rados", "python3-rbd")
_TRIES = 3
_GRACE = 2  # seconds; what is thrown away need not be put in order


class Ceph(Server):
    """A monitor, a manager for the statistics, and object stores (OSDs), all on 127.0.0.1.

    store:    "memstore" is in memory, twice as fast and started in half the time, but an OSD of it cannot be stopped
              and started again; "bluestore", on files, can.
    capacity: bytes of one OSD. A full OSD lets every writer hang; it is a quota on a pool that is refused.

    conf:     ceph.conf; `keyring`: of client.admin; `fsid`: the cluster's id. Each of the further keys is beside the
              admin's, where ceph.conf lets clients find it by their name.
    osds:     one process each: `ceph.osds[0].stop()` and `.start()`; likewise `ceph.mon` and `ceph.mgr`.
    """

    def __init__(
        self,
        store: Literal["memstore", "bluestore"] = "memstore",
        *,
        osds: int = 3,
        capacity: int = 3 << 30,
        folder: Path | None = None,
    ) -> None:
        super().__init__()
        self._store = store
        self._count = osds
        self._capacity = capacity
        self._given = folder

    def _start(self) -> None:
        need(*PACKAGES)
        if not link_modules():
            raise Missing("Debian's rados and rbd modules are of another version of python than this one")
        self.folder = private_folder(self._undo, self._given, "ceph")
        self.fsid = str(uuid.uuid4())
        self.conf = self.folder / "ceph.conf"
        self.keyring = self.folder / "client.admin.keyring"
        (self.folder / "crash").mkdir()
        for attempt in range(1, _TRIES + 1):
            try:
                self._start_mon()
                break
            except StartError as error:
                # Between choosing a port and listening on it, another process may have taken it.
                if attempt == _TRIES or "Address already in use" not in str(error):
                    raise
        self._start_mgr()
        self._start_osds()

    def run(self, *words: str | Path, stdin: str | None = None, deadline: float = 60) -> str:
        """Run a command of Ceph (`ceph`, `rbd`, `rados`, `radosgw-admin` …) as client.admin; return what it printed.

        deadline: seconds. Raises CalledProcessError, with what it said in `stderr`, or TimeoutExpired.
        """
        done = subprocess.run(
            [str(word) for word in words],
            env=self.environment,
            input=stdin or "",
            capture_output=True,
            text=True,
            timeout=deadline,
            check=False,
        )
        if done.returncode:
            error = subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)
            error.add_note(done.stderr.strip()[-2000:])
            raise error
        return done.stdout

    def consume(self, *words: str | Path, deadline: float = 600) -> None:
        """Run a command, and throw away what it prints, however much that is."""
        command = [str(word) for word in words]
        subprocess.run(command, env=self.environment, stdout=subprocess.DEVNULL, timeout=deadline, check=True)

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which Ceph's commands find this cluster."""
        # The commands are programs of the system's python, to which a PYTHONPATH of ours says nothing good.
        return {**{k: v for k, v in os.environ.items() if k != "PYTHONPATH"}, "CEPH_CONF": str(self.conf)}

    def pool(self, name: str, *, erasure: bool = False, application: str = "rbd") -> None:
        """Make a pool and wait until it serves; an erasure-coded one has two data parts, one of parity, overwrites."""
        if erasure:
            profile = ("k=2", "m=1", "crush-failure-domain=osd")
            self.run("ceph", "osd", "erasure-code-profile", "set", "two-and-one", *profile)
            self.run("ceph", "osd", "pool", "create", name, "16", "16", "erasure", "two-and-one")
            self.run("ceph", "osd", "pool", "set", name, "allow_ec_overwrites", "true")
        else:
            self.run("ceph", "osd", "pool", "create", name, "16", "16", "replicated")
        self.run("ceph", "osd", "pool", "application", "enable", name, application)
        self.run("rados", "--pool", name, "ls")  # asks every placement group, and so waits for the last
        if application == "rbd" and not erasure:
            self.run("rbd", "pool", "init", name)

    def key(self, user: str, **capabilities: str) -> Path:
        """Make a key for `client.USER`, such as `key("glance", mon="profile rbd", osd="…")`; return its keyring."""
        keyring = self.folder / f"client.{user}.keyring"
        words = [word for pair in capabilities.items() for word in pair]
        self.run("ceph", "auth", "get-or-create", f"client.{user}", *words, "-o", keyring)
        return keyring

    def wait_for_osds(self, count: int, deadline: float = 60) -> None:
        """Wait until so many OSDs are up and every placement group that they hold serves."""
        self._wait(lambda: self._osds_up() == count, f"{count} OSDs up", deadline)
        if count == self._count:
            self._wait(self._clean, "every placement group active+clean", deadline)

    def _osds_up(self) -> int:
        up: int = json.loads(self.run("ceph", "osd", "stat", "--format", "json"))["num_up_osds"]
        return up

    def _clean(self) -> bool:
        summary: dict[str, Any] = json.loads(self.run("ceph", "pg", "stat", "--format", "json"))["pg_summary"]
        clean = sum(state["num"] for state in summary["num_pg_by_state"] if state["name"] == "active+clean")
        return bool(clean == summary["num_pgs"])

    def _wait(self, reached: Callable[[], bool], what: str, deadline: float) -> None:
        end = time.monotonic() + deadline
        while not reached():
            if time.monotonic() > end:
                raise StartError(f"no {what} after {deadline:g} s: {self.run('ceph', '--status')}")
            time.sleep(0.05)

    def _start_mon(self) -> None:
        ports = {"v1": free_port(), "v2": free_port()}
        values = {"folder": self.folder, "fsid": self.fsid, "store": self._store, "capacity": self._capacity}
        self.conf.write_text(configuration(values | ports))
        keyring, monmap = self.folder / "mon.keyring", self.folder / "monmap"
        for old in (keyring, monmap):
            old.unlink(missing_ok=True)
        everything = ("--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *")
        self.run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        self.run("ceph-authtool", "--create-keyring", self.keyring, "--gen-key", "-n", "client.admin", *everything)
        self.run("ceph-authtool", keyring, "--import-keyring", self.keyring)
        address = f"[v2:127.0.0.1:{ports['v2']},v1:127.0.0.1:{ports['v1']}]"
        self.run("monmaptool", "--create", "--clobber", "--fsid", self.fsid, "--addv", "a", address, monmap)
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)
        self.mon = self._daemon("ceph-mon", "a", ready=self._mon_answers)
        self._start_part(self.mon)

    def _mon_answers(self) -> bool:
        try:
            self.run("ceph", "--connect-timeout", "5", "--status")
        except subprocess.CalledProcessError:
            return False
        return True

    def _start_mgr(self) -> None:
        # Else the manager makes a pool of its own as soon as an OSD is there.
        self.run("ceph", "config", "set", "--force", "mgr", "mgr/devicehealth/enable_monitoring", "false")
        capabilities = ("mon", "allow profile mgr", "osd", "allow *", "mds", "allow *")
        (self.folder / "mgr").mkdir()
        self.run("ceph", "auth", "get-or-create", "mgr.x", *capabilities, "-o", self.folder / "mgr.x.keyring")
        self.mgr = self._daemon("ceph-mgr", "x")
        self._start_part(self.mgr)

    def _start_osds(self) -> None:
        with ThreadPoolExecutor(self._count) as pool:
            self.osds = list(pool.map(self._made_osd, range(self._count)))
        for osd in self.osds:
            self._start_part(osd)
        self._wait(lambda: self._osds_up() == self._count, f"{self._count} OSDs", 60)

    def _made_osd(self, number: int) -> Process:
        (self.folder / f"osd.{number}").mkdir()
        identity = str(uuid.uuid4())
        key = self.run("ceph-authtool", "--gen-print-key").strip()
        words = ("ceph", "osd", "new", identity, str(number), "-i", "-")
        self.run(*words, stdin=json.dumps({"cephx_secret": key}))
        keyring = self.folder / f"osd.{number}.keyring"
        self.run("ceph-authtool", "--create-keyring", keyring, "-n", f"osd.{number}", "--add-key", key)
        self.run("ceph-osd", "-i", str(number), "--mkfs", "--osd-uuid", identity)
        return self._daemon("ceph-osd", str(number))

    def _daemon(self, program: str, name: str, ready: Callable[[], bool] | None = None) -> Process:
        folder = self.folder / f"{program}-{name}"
        command = (program, "-f", "-i", name, "-c", str(self.conf))
        return Process(command, folder=folder, environment=self.environment, ready=ready, grace=_GRACE)
