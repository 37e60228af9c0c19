"""Ceph on 127.0.0.1: a monitor, a manager, and object stores."""

from servers.ceph.cluster import Ceph
from servers.ceph.modules import link_modules

__all__ = ["Ceph", "link_modules"]
