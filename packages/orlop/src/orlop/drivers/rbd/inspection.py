"""What `check` finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orlop.capabilities import Capability
from orlop.drivers.rbd.connection import Connection
from orlop.drivers.rbd.directory import listed
from orlop.drivers.rbd.modules import Modules
from orlop.drivers.rbd.pools import properties, unsuitable
from orlop.drivers.rbd.settings import RbdSettings
from orlop.errors import InvalidSettings, StoreFull
from orlop.records import Finding, Severity

_FULL = frozenset({"full", "full_quota"})
_NEARLY = frozenset({"nearfull", "backfillfull"})


def inspect(settings: RbdSettings, modules: Modules, connection: Connection) -> Sequence[Finding]:
    """Reach the cluster and its pools, and look at what they are."""
    pool = connection.pool()
    next(listed(modules, pool), None)
    version = ".".join(str(part) for part in modules.rbd.RBD().version())
    found = [Finding(Severity.OK, f"cluster {pool.fsid}, pool {settings.place}, librbd {version}")]
    if settings.data_pool is not None:
        connection.require_pool(settings.data_pool, "data_pool")
        found.append(Finding(Severity.OK, f"the data are in the pool {settings.data_pool}"))
    found += _of_the_pools(settings, properties(pool.cluster))
    if "rbd" not in pool.ioctx.application_list():
        advice = f"ceph osd pool application enable {pool.name} rbd"
        found.append(Finding(Severity.WARNING, f"the pool {pool.name} is not marked as one for rbd; {advice}"))
    return found


def _of_the_pools(settings: RbdSettings, pools: dict[str, tuple[bool, frozenset[str]]]) -> Iterator[Finding]:
    erasure, _ = pools.get(settings.pool, (False, frozenset()))
    coded, flags = pools.get(settings.data_pool or "", (False, frozenset()))
    if erasure or (coded and "ec_overwrites" not in flags):
        yield Finding(Severity.ERROR, unsuitable(settings), Capability.WRITE_ACCESS, InvalidSettings)
    for name in dict.fromkeys(filter(None, (settings.pool, settings.data_pool))):
        _, flags = pools.get(name, (False, frozenset()))
        if flags & _FULL:
            message = f"the pool {name} is full, or its quota is reached; delete images, raise the quota, or add OSDs"
            yield Finding(Severity.ERROR, message, Capability.WRITE_ACCESS, StoreFull)
        elif flags & _NEARLY:
            yield Finding(Severity.WARNING, f"the pool {name} is nearly full")
