"""Ceph's radosgw: S3 and Swift's API on one cluster."""

from servers.radosgw.server import Radosgw

__all__ = ["Radosgw"]
