"""The drivers of the gate job: what is different from one to the other, and nothing else.

A driver that Glance can write to replaces the file driver in Glance's tests: it says the name by which glance_store
knows it, and starts the server of its stores, which tells the options that lead to it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from ci.suites import FUNCTIONAL, READING, UNIT, Suite
from servers.ceph import Ceph
from servers.ceph_modules import link_modules
from servers.juicefs import JuiceFS
from servers.keystone import Keystone
from servers.swift import Swift
from servers.venvs import VENVS


@dataclass(frozen=True)
class Backend:
    """A server that runs: its version, and the options of glance_store by which a store is in it.

    In a text among the options, `{store}` becomes the store's name and `{process}` the number of the process that makes
    the store. Both together keep the workers' images apart.
    """

    version: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class JobDriver:
    """One driver of the job.

    `entry` is its name in `enabled_backends`, when it takes the file driver's place; `scheme` is what `default_store`
    has to be for it, where that differs from the name. `made` is the name of the stores that the run must have made: a
    run that had none of them has shown nothing. `inputs` are files and folders on which the outcome depends and which
    `ci/inputs.py` cannot find by imports. `single` says that stores without identifiers can be of it, too.
    """

    name: str
    made: str
    entry: str | None = None
    scheme: str = ""
    suites: tuple[Suite, ...] = (FUNCTIONAL,)
    serve: Callable[[], AbstractContextManager[Backend]] = lambda: nullcontext(Backend())
    inputs: tuple[str, ...] = ()
    single: bool = True


@contextmanager
def _swift() -> Iterator[Backend]:
    with Keystone() as keystone, Swift(keystone) as server:
        account = server.operator("glance")
        options = {
            "swift_store_auth_address": account.auth_url,
            "swift_store_user": f"{account.project}:{account.user}",
            "swift_store_key": account.password,
            "swift_store_container": "{store}-{process}",
            "swift_store_create_container_on_put": True,
        }
        yield Backend(f"Swift {server.version}", options)


@contextmanager
def _s3() -> Iterator[Backend]:
    with JuiceFS() as server:
        options = {
            "s3_store_host": server.account.endpoint,
            "s3_store_access_key": server.account.access_key,
            "s3_store_secret_key": server.account.secret_key,
            "s3_store_bucket": "images-{store}",
            "s3_store_create_bucket_on_put": True,
        }
        yield Backend(server.version, options)


@contextmanager
def _in_ceph() -> Iterator[Backend]:
    """Each store has a namespace of its own in the pool `images`."""
    from orlop.drivers.rbd.names import SCRATCH  # noqa: PLC0415 - no input of the other drivers' jobs

    with Ceph() as ceph:
        ceph.pool("images")
        ceph.key("glance", mon="profile rbd", osd="profile rbd pool=images", mgr="profile rbd pool=images")
        for name in ("glance-ours", "glance-upstream"):
            if (VENVS / name).exists():
                link_modules(VENVS / name)
        yield Backend(
            f"ceph {json.loads(ceph.run('ceph', 'version', '--format', 'json'))['version'].split()[2]}",
            {
                "rbd_store_ceph_conf": str(ceph.conf),
                "rbd_store_user": "glance",
                "rbd_store_pool": f"images/{SCRATCH}{{process}}-{{store}}",
            },
        )


DRIVERS = {
    driver.name: driver
    for driver in (
        # Glance's unit tests make file stores only, and are the same whatever other driver there is.
        JobDriver("file", made="file", suites=(FUNCTIONAL, UNIT)),
        JobDriver("s3", made="s3", entry="s3", serve=_s3),
        JobDriver("swift", made="swift", entry="swift", scheme="swift+http", serve=_swift),
        # It cannot be written to, so it takes no other driver's place: these tests register locations of their own web
        # servers, in stores that they themselves configure as http stores or have beside the file store.
        JobDriver("http", made="http", suites=(READING,)),
        # Glance cannot use it.
        JobDriver("memory", made="memory", suites=()),
        JobDriver("rbd", made="rbd", entry="rbd", serve=_in_ceph),
    )
}

_V2 = "glance.tests.functional.v2"
_PARALLEL = f"{_V2}.test_parallel_store_import.TestParallelStoreImport"
STAND_INS = (
    "glance.tests.functional.serial.test_scrubber.TestScrubber.test_scrubber_delete_handles_exception",
    f"{_V2}.test_multi_store_images.TestImagesMultipleBackend.test_copy_image_revert_lifecycle",
    f"{_PARALLEL}.test_parallel_all_stores_must_succeed_failure",
    f"{_PARALLEL}.test_parallel_all_stores_must_succeed_failure_with_image_conversion",
    f"{_PARALLEL}.test_parallel_all_target_stores_fail",
    f"{_PARALLEL}.test_parallel_partial_success_not_all_must",
    f"{_PARALLEL}.test_parallel_glance_direct_imports_all_stores",
    f"{_PARALLEL}.test_parallel_bare_raw_multi_store_success",
)
"""The tests that look into the file driver's folder, or remove it: only these get a folder that stands in for it."""
