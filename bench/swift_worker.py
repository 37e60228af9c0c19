"""One operation on Swift in this process, told as JSON: by orlop, upstream's glance_store or swiftclient's service.

Runs in the environment of whom it measures; nothing of the others is imported.
"""

# ruff: noqa: PLC0415 - of the three libraries, only the one that is measured is there
from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def orlop(task: dict[str, Any]) -> dict[str, Callable[[], int]]:
    from orlop.drivers.swift.driver import SwiftDriver
    from orlop.drivers.swift.settings import SwiftSettings
    from orlop.store import Store

    account = task["account"]
    settings = SwiftSettings(
        auth_url=account["auth_url"],
        user=account["user"],
        key=account["password"],
        project=account["project"],
        container=task["container"],
        create_container=True,
        endpoint=task["endpoint"],
        **task.get("settings", {}),
    )
    store = Store("bench", SwiftDriver(settings))

    def put() -> int:
        with open(task["source"], "rb") as source:
            size = os.fstat(source.fileno()).st_size if task["known"] else None
            return store.put("image", source, size=size, digests=task["digests"]).size

    def get() -> int:
        with store.open(store.locate("image")) as reader:
            return sum(map(len, reader))

    return {"put": put, "get": get}


def upstream(task: dict[str, Any]) -> dict[str, Callable[[], int]]:
    import glance_store
    from oslo_config import cfg

    account, units = task["account"], task["units"]
    conf = cfg.ConfigOpts()
    glance_store.register_opts(conf)
    conf([])
    for name, value in {
        "stores": ["swift"],
        "default_store": "swift+http",
        "swift_store_auth_address": account["auth_url"],
        "swift_store_user": f"{account['project']}:{account['user']}",
        "swift_store_key": account["password"],
        "swift_store_container": task["container"],
        "swift_store_create_container_on_put": True,
        "swift_store_endpoint": task["endpoint"],
        "swift_store_large_object_size": units,
        "swift_store_large_object_chunk_size": units,
    }.items():
        conf.set_override(name, value, "glance_store")
    glance_store.create_stores(conf)
    store = glance_store.get_store_from_scheme("swift+http")
    host = account["auth_url"].partition("://")[2]
    where = f"{account['project']}%3A{account['user']}:{account['password']}@{host}/{task['container']}/image"

    def put() -> int:
        with open(task["source"], "rb") as source:
            size = os.fstat(source.fileno()).st_size if task["known"] else 0
            added = glance_store.store_add_to_backend_with_multihash("image", source, size, "sha512", store)
        count: int = added[1]
        return count

    def get() -> int:
        pieces, _ = glance_store.get_from_backend(f"swift+http://{where}")
        return sum(map(len, pieces))

    return {"put": put, "get": get}


def client(task: dict[str, Any]) -> dict[str, Callable[[], int]]:
    from swiftclient.service import SwiftService, SwiftUploadObject  # type: ignore[import-not-found]

    account = task["account"]
    options = {
        "auth_version": "3",
        "os_auth_url": account["auth_url"],
        "os_username": account["user"],
        "os_password": account["password"],
        "os_project_name": account["project"],
        "os_project_domain_id": "default",
        "os_user_domain_id": "default",
        "os_storage_url": task["endpoint"],
        "segment_threads": 4,
    }

    def put() -> int:
        segments = {"segment_size": str(16 << 20), "use_slo": True, "segment_container": task["container"]}
        with SwiftService(options=options) as swift:
            one = SwiftUploadObject(task["source"], object_name="image")
            for done in swift.upload(task["container"], [one], options={**segments, "checksum": False}):
                if not done["success"]:
                    raise RuntimeError(str(done))
        return Path(task["source"]).stat().st_size

    def get() -> int:
        with SwiftService(options=options) as swift:
            told = {"out_file": "/dev/null", "checksum": False}
            done = list(swift.download(task["container"], ["image"], options=told))
            if not all(one["success"] for one in done):
                raise RuntimeError(str(done))
            return int(done[0]["read_length"])

    return {"put": put, "get": get}


def main() -> None:
    task = json.loads(sys.argv[1])
    work = {"orlop": orlop, "upstream": upstream, "client": client}[task["who"]](task)[task["operation"]]
    begun, spent = time.perf_counter(), time.process_time()
    count = work()
    result = {"bytes": count, "seconds": time.perf_counter() - begun, "cpu": time.process_time() - spent}
    result["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(result))


if __name__ == "__main__":
    main()
