"""A pass-through file system whose calls can fail, be slow, or hang."""

from servers.fuse_faults.faults import FuseFaults
from servers.fuse_faults.rule import Rule

__all__ = ["FuseFaults", "Rule"]
