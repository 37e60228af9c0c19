"""File systems of their own for tests, and the faults that they can have."""

from servers.filesystems.loop import LoopFilesystem
from servers.filesystems.probe import can_mount, need_filesystem, need_mounts
from servers.filesystems.tmpfs import Tmpfs

__all__ = ["LoopFilesystem", "Tmpfs", "can_mount", "need_filesystem", "need_mounts"]
