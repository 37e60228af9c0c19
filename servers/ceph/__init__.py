"""Ceph on 127.0.0.1: a monitor, a manager, and object stores."""

from servers.ceph.cluster import Ceph

__all__ = ["Ceph"]
