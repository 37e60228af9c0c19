"""One operation of upstream's glance_store in this process, told like `orlop_worker` does. Runs in upstream's venv."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

import glance_store
from oslo_config import cfg

MIB = 1 << 20


def generated(size: int) -> Iterator[bytes]:
    piece = os.urandom(MIB)
    for _ in range(size // MIB):
        yield piece


def main() -> None:
    task = json.loads(sys.argv[1])
    conf = cfg.ConfigOpts()
    glance_store.register_opts(conf)
    conf([])
    scheme = "rbd" if "rbd" in task else "file"
    for name, value in {
        "stores": [scheme],
        "default_store": scheme,
        "filesystem_store_datadir": task["folder"],
        "filesystem_thin_provisioning": task.get("thin", False),
        "rbd_thin_provisioning": task.get("thin", False),
        **(
            {"rbd_store_ceph_conf": task["rbd"]["conf"], "rbd_store_user": task["rbd"]["user"]} if "rbd" in task else {}
        ),
    }.items():
        conf.set_override(name, value, "glance_store")
    glance_store.create_stores(conf)
    store = glance_store.get_store_from_scheme(scheme)
    begun, spent = time.perf_counter(), time.process_time()
    result: dict[str, Any]
    if task["operation"] == "put":
        source: Any
        if "generate" in task:
            source, size = generated(task["generate"]), 0
        else:
            source = open(task["source"], "rb")  # noqa: SIM115
            size = os.fstat(source.fileno()).st_size
        added = glance_store.store_add_to_backend_with_multihash("image", source, size, task["algorithm"], store)
        result = {"bytes": added[1]}
    else:
        pieces, _ = glance_store.get_from_backend(task.get("location", f"file://{task['folder']}/{task['image']}"))
        result = {"bytes": sum(map(len, pieces))}
    result |= {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - spent}
    result["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(result))


if __name__ == "__main__":
    main()
