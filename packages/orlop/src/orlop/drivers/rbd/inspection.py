"""What `check` finds."""

from __future__ import annotations

from collections.abc import Sequence

from orlop.drivers.rbd.connection import Connection, Pool
from orlop.drivers.rbd.modules import Modules
from orlop.drivers.rbd.settings import RbdSettings
from orlop.records import Finding, Severity


def inspect(settings: RbdSettings, modules: Modules, connection: Connection) -> Sequence[Finding]:
    """Reach the cluster and its pools, and look at what they are."""
    pool = connection.pool()
    modules.rbd.RBD().list(pool.ioctx)
    version = ".".join(str(part) for part in modules.rbd.RBD().version())
    found = [Finding(Severity.OK, f"cluster {pool.fsid}, pool {settings.place}, librbd {version}")]
    if settings.data_pool is not None:
        found.append(_data_pool(connection, settings.data_pool))
    if "rbd" not in pool.ioctx.application_list():
        advice = f"ceph osd pool application enable {pool.name} rbd"
        found.append(Finding(Severity.WARNING, f"the pool {pool.name} is not marked as one for rbd; {advice}"))
    return found


def _data_pool(connection: Connection, name: str) -> Finding:
    pool: Pool = connection.pool(name)
    return Finding(Severity.OK, f"the data are in the pool {pool.name}")
