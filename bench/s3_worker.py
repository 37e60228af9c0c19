"""One operation on S3 in this process, told as JSON: by orlop, upstream's glance_store, boto3 or obstore.

Runs in the environment of whom it measures; nothing of the others is imported.
"""

# ruff: noqa: PLC0415 - of the libraries, only the one that is measured is there
from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_PART = 16 * 1024 * 1024
_LANES = 4


def orlop(task: dict[str, Any]) -> dict[str, Callable[[], int]]:
    from orlop.drivers.s3.driver import S3Driver
    from orlop.drivers.s3.settings import S3Settings
    from orlop.store import Store

    settings = S3Settings(**task["account"], bucket=task["bucket"], create_bucket=True, **task.get("settings", {}))
    store = Store("bench", S3Driver(settings))
    store.check()  # a store lives long: what it loads at its first request counts no more than the others' imports

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

    account = task["account"]
    conf = cfg.ConfigOpts()
    glance_store.register_opts(conf)
    conf([])
    for name, value in {
        "stores": ["s3"],
        "default_store": "s3",
        "s3_store_host": account["endpoint"],
        "s3_store_region_name": account["region"],
        "s3_store_access_key": account["access_key"],
        "s3_store_secret_key": account["secret_key"],
        "s3_store_bucket": task["bucket"],
        "s3_store_create_bucket_on_put": True,
        "s3_store_bucket_url_format": "path",
    }.items():
        conf.set_override(name, value, "glance_store")
    glance_store.create_stores(conf)
    store = glance_store.get_store_from_scheme("s3")
    host = account["endpoint"].partition("://")[2]

    def put() -> int:
        with open(task["source"], "rb") as source:
            size = os.fstat(source.fileno()).st_size if task["known"] else 0
            added = glance_store.store_add_to_backend_with_multihash("image", source, size, "sha512", store)
        count: int = added[1]
        return count

    def get() -> int:
        pieces, _ = glance_store.get_from_backend(f"s3://{host}/{task['bucket']}/image")
        return sum(map(len, pieces))

    return {"put": put, "get": get}


class _Nowhere:
    """A file that only counts what is written into it."""

    def __init__(self) -> None:
        self.count = 0

    def write(self, data: bytes) -> int:
        self.count += len(data)
        return len(data)


def boto3(task: dict[str, Any]) -> dict[str, Callable[[], int]]:
    import boto3 as sdk
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config

    account, bucket = task["account"], task["bucket"]
    client = sdk.client(
        "s3",
        endpoint_url=account["endpoint"],
        region_name=account["region"],
        aws_access_key_id=account["access_key"],
        aws_secret_access_key=account["secret_key"],
        config=Config(s3={"addressing_style": "path"}),
    )
    transfer = TransferConfig(multipart_chunksize=_PART, max_concurrency=_LANES)

    def put() -> int:
        client.upload_file(task["source"], bucket, "image", Config=transfer)
        return Path(task["source"]).stat().st_size

    def get() -> int:
        nowhere = _Nowhere()
        client.download_fileobj(bucket, "image", nowhere, Config=transfer)
        return nowhere.count

    return {"put": put, "get": get}


def obstore(task: dict[str, Any]) -> dict[str, Callable[[], int]]:
    import obstore as sdk
    from obstore.store import S3Store

    account = task["account"]
    store = S3Store(
        task["bucket"],
        endpoint=account["endpoint"],
        access_key_id=account["access_key"],
        secret_access_key=account["secret_key"],
        region=account["region"],
        virtual_hosted_style_request=False,
        unsigned_payload=True,
        client_options={"allow_http": True},
    )

    def put() -> int:
        with open(task["source"], "rb") as source:
            sdk.put(store, "image", source, chunk_size=_PART, max_concurrency=_LANES)
        return Path(task["source"]).stat().st_size

    def get() -> int:
        return sum(map(len, sdk.get(store, "image").stream(min_chunk_size=1024 * 1024)))

    return {"put": put, "get": get}


def _make_bucket(task: dict[str, Any]) -> None:
    import boto3 as sdk
    from botocore.exceptions import ClientError

    account = task["account"]
    client = sdk.client(
        "s3",
        endpoint_url=account["endpoint"],
        region_name=account["region"],
        aws_access_key_id=account["access_key"],
        aws_secret_access_key=account["secret_key"],
    )
    try:
        client.create_bucket(Bucket=task["bucket"])
    except ClientError as error:
        if "BucketAlready" not in str(error):
            raise


WHO = {"orlop": orlop, "upstream": upstream, "boto3": boto3, "obstore": obstore}


def main() -> None:
    task = json.loads(sys.argv[1])
    if task["who"] in {"boto3", "obstore"}:
        _make_bucket(task)
    work = WHO[task["who"]](task)[task["operation"]]
    begun, spent = time.perf_counter(), time.process_time()
    count = work()
    result = {"bytes": count, "seconds": time.perf_counter() - begun, "cpu": time.process_time() - spent}
    result["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(result))


if __name__ == "__main__":
    main()
