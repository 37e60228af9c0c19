"""The connection to the cluster: one per store, made when it is first needed, shared by all threads."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from orlop.drivers.rbd.conffile import require_readable
from orlop.drivers.rbd.environment import without_ceph_variables
from orlop.drivers.rbd.faults import SHUTDOWN, number_of
from orlop.drivers.rbd.lifetimes import Held
from orlop.drivers.rbd.modules import Modules
from orlop.drivers.rbd.names import SCRATCH
from orlop.drivers.rbd.session import Session
from orlop.drivers.rbd.settings import DEFAULT_CONF, DEFAULT_USER, RbdSettings
from orlop.errors import InvalidSettings, PermissionDenied, StoreError


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool, or a namespace of one, on a live connection.

    ioctx:   librados' handle of it; it may be used by many threads.
    session: the connection, which lives as long as someone holds this.
    """

    name: str
    namespace: str
    session: Session
    ioctx: Any

    @property
    def fsid(self) -> str:
        """The cluster's id."""
        return self.session.fsid

    @property
    def cluster(self) -> Any:
        """The connection, as librados has it."""
        return self.session.cluster


class Connection(Held):
    """The way to the cluster. Nothing is connected before `pool` is called, and again after `close`."""

    def __init__(self, settings: RbdSettings, modules: Modules) -> None:
        super().__init__()
        self._settings = settings
        self.modules = modules
        self._connecting = threading.Lock()
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._pools: dict[tuple[str, str], Pool] = {}

    def pool(self, name: str | None = None, namespace: str = "") -> Pool:
        """A pool of the cluster, by default that of the settings with its namespace.

        Raises:
            InvalidSettings: there is no such pool, or what the settings say leads to no cluster.
            rados.Error: the cluster cannot be reached, or refuses the key.
        """
        if name is None:
            name, namespace = self._settings.pool, self._settings.namespace
        with self._lock:
            if found := self._pools.get((name, namespace)):
                return found
        with self._connecting:  # which may take long; a close does not wait for it
            with self._lock:
                session = self._session
                if found := self._pools.get((name, namespace)):
                    return found
            if session is None:
                session = Session(self._connected())
                with self._lock:
                    self._session, self._pools = session, {}
            pool = self._opened(session, name, namespace)
            with self._lock:
                if self._session is session:  # else it has been closed meanwhile, and this call is its last user
                    self._pools[name, namespace] = pool
            return pool

    def known(self) -> Pool | None:
        """The pool of the settings, if there is a connection already; nothing is connected for it."""
        return self._pools.get((self._settings.pool, self._settings.namespace))

    @contextmanager
    def renewing(self) -> Iterator[None]:
        """A context in which a connection that the cluster has shut out is given up: the next call makes another."""
        try:
            yield
        except self.modules.rados.Error as error:
            self._renew(error)
            raise
        except self.modules.rbd.Error as error:
            self._renew(error)
            raise

    def close(self) -> None:
        """Let go. What still uses the connection keeps it until it is done itself."""
        with self._lock:
            self._session, self._pools = None, {}

    def require_pool(self, name: str, setting: str = "pool") -> None:
        """Have it that a pool exists in the cluster of now; what is missing in a missing pool is not just missing.

        Raises:
            InvalidSettings: the pool does not exist.
        """
        cluster = self.pool().cluster
        cluster.wait_for_latest_osdmap()
        if not cluster.pool_exists(name):
            self.close()
            raise _no_pool(name, setting)

    def _renew(self, error: BaseException) -> None:
        if number_of(error) == SHUTDOWN:
            self.close()

    def _connected(self) -> Any:
        settings, rados = self._settings, self.modules.rados
        seconds = str(math.ceil(settings.connect_timeout))  # Ceph takes whole seconds
        options = {
            "client_mount_timeout": seconds,
            "rados_mon_op_timeout": seconds,
            # Every block is written once and read once: a cache in between copies it, and answers before it is stored.
            "rbd_cache": "false",
            "log_to_stderr": "false",
            "err_to_stderr": "false",
        }
        if settings.operation_timeout is not None:
            options["rados_osd_op_timeout"] = str(math.ceil(settings.operation_timeout))
        conf = DEFAULT_CONF if settings.conf is None else settings.conf
        user = settings.user or DEFAULT_USER
        require_readable(conf, user)
        try:
            with without_ceph_variables():
                cluster = rados.Rados(conffile=str(conf), rados_id=user, conf=options)
        except rados.ObjectNotFound as error:
            raise InvalidSettings(f"conf: there is no configuration of Ceph at {conf}") from error
        except (rados.Error, TypeError, UnicodeError) as error:
            raise InvalidSettings(f"conf: Ceph cannot use {conf}: {error}") from error
        try:
            cluster.connect()
        except rados.ObjectNotFound as error:
            keyring = cluster.conf_get("keyring")
            raise InvalidSettings(
                f"user: no key of client.{user} is in {keyring}, or {conf} names no monitors"
            ) from error
        except (rados.PermissionDeniedError, rados.PermissionError) as error:
            raise PermissionDenied(
                f"the monitors refuse the key of client.{user} (keyring {cluster.conf_get('keyring')})"
            ) from error
        except (rados.InvalidArgumentError, rados.IOError) as error:
            raise InvalidSettings(
                f"conf: Ceph cannot use the monitors or the key that {conf} names (keyring "
                f"{cluster.conf_get('keyring')}): {error}"
            ) from error
        return cluster

    def _opened(self, session: Session, name: str, namespace: str) -> Pool:
        rados, rbd = self.modules
        try:
            ioctx = session.cluster.open_ioctx(name)
        except rados.ObjectNotFound as error:
            raise _no_pool(name) from error
        # Without it a write into a full pool waits until there is room, instead of saying that there is none.
        ioctx.set_osdmap_full_try()
        if namespace:
            self._require_namespace(rbd.RBD(), ioctx, name, namespace)
            ioctx.set_namespace(namespace)
        return Pool(name, namespace, session, ioctx)

    @staticmethod
    def _require_namespace(rbd: Any, ioctx: Any, pool: str, namespace: str) -> None:
        if rbd.namespace_exists(ioctx, namespace):
            return
        if not namespace.startswith(SCRATCH):
            raise InvalidSettings(
                f"namespace: the pool {pool!r} has no namespace {namespace!r}: rbd namespace create {pool}/{namespace}"
            )
        rbd.namespace_create(ioctx, namespace)

    def held(self) -> tuple[object, ...]:
        return (self._session, self._pools)

    def let_go(self) -> None:
        self._connecting = threading.Lock()  # another thread of the parent may have held them
        self._lock = threading.Lock()
        self._session, self._pools = None, {}


def _no_pool(name: str, setting: str = "pool") -> StoreError:
    return InvalidSettings(f"{setting}: the cluster has no pool {name!r}; ceph osd pool create {name}")
