"""Run in Swift's environment: `rings ETC NAME=PORT ...` makes the rings, `ETC SERVER` runs a server.

Swift's programs insist on /etc/swift; here another folder takes its place. This file imports nothing of ours.
"""

import importlib
import sys
from pathlib import Path

_MODULES = {
    "proxy": "swift.proxy.server",
    "account": "swift.account.server",
    "container": "swift.container.server",
    "object": "swift.obj.server",
}


def _make_rings(etc: Path, ports: list[str]) -> None:
    from swift.common.ring import RingBuilder  # type: ignore[import-not-found]  # noqa: PLC0415

    for text in ports:
        name, port = text.split("=")
        builder = RingBuilder(6, 1, 1)
        place = {"region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "device": "d1", "weight": 100.0}
        builder.add_dev({**place, "replication_ip": "127.0.0.1", "replication_port": int(port), "meta": ""})
        builder.rebalance()
        builder.get_ring().save(str(etc / f"{name}.ring.gz"))


def _serve(etc: Path, server: str) -> None:
    from swift.common import constraints, storage_policy, utils  # type: ignore[import-not-found]  # noqa: PLC0415

    utils.set_swift_dir(str(etc))
    constraints.reload_constraints()
    storage_policy.reload_storage_policies()
    sys.argv = [f"swift-{server}-server", str(etc / f"{server}-server.conf"), "-v"]
    importlib.import_module(_MODULES[server]).main()


if __name__ == "__main__":
    if sys.argv[1] == "rings":
        _make_rings(Path(sys.argv[2]), sys.argv[3:])
    else:
        _serve(Path(sys.argv[1]), sys.argv[2])
