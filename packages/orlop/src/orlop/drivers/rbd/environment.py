"""The variables by which a process's environment would decide which cluster a store is in, and as whom."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PREFIX = "CEPH_"
_lock = threading.Lock()


@contextmanager
def without_ceph_variables() -> Iterator[None]:
    """A context without CEPH_CONF, CEPH_KEYRING, CEPH_ARGS and the like; librados takes CEPH_KEYRING over ceph.conf.

    It reads them when its object is made. They are taken away for that moment, and nothing else of librados' own turns
    that off.
    """
    with _lock:
        taken = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(_PREFIX)}
        try:
            yield
        finally:
            os.environ.update(taken)
