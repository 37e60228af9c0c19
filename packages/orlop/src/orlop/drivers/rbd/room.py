"""How much the store holds and how much still fits: the statistics of the pool where the data are."""

from __future__ import annotations

import json

from orlop.drivers.rbd.connection import Pool
from orlop.drivers.rbd.modules import Modules
from orlop.drivers.rbd.pools import parsed
from orlop.drivers.rbd.settings import RbdSettings
from orlop.errors import BackendError, Unavailable
from orlop.records import Space


def space_of(modules: Modules, settings: RbdSettings, pool: Pool) -> Space:
    """What users can store, replication and parity taken off; a quota counts. As of a few seconds ago.

    Raises:
        Unavailable: the cluster does not know yet.
        rados.Error: the monitors do not answer, or refuse to.
    """
    name = settings.data_pool or pool.cluster.conf_get("rbd_default_data_pool") or pool.name
    code, answer, reason = pool.cluster.mon_command(
        json.dumps({"prefix": "df", "detail": "detail", "format": "json"}), b""
    )
    if code:
        raise modules.rados.OSError(f"the monitors refuse statistics: {reason}", errno=abs(code))
    try:
        stats = {entry["name"]: entry["stats"] for entry in parsed(answer)["pools"]}
        if name not in stats:
            raise Unavailable(
                f"the cluster has no statistics of the pool {name!r} yet; a manager (ceph-mgr) gathers them"
            )
        used, free = (max(0, int(stats[name][key])) for key in ("stored", "max_avail"))
        quota = int(stats[name].get("quota_bytes") or 0)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BackendError("the cluster's statistics are not in the form of Ceph's") from error
    if quota > 0:
        free = min(free, max(0, quota - used))
    return Space(used + free, used, free)
