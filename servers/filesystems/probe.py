"""What this machine and its kernel can do."""

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

from servers.missing import Missing


@functools.cache
def can_mount() -> bool:
    """Whether this process may mount: tried, for root in a container may not."""
    with tempfile.TemporaryDirectory(prefix="probe-") as folder:
        done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, check=False)
        if done.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return done.returncode == 0


def need_mounts() -> None:
    """Raise Missing unless this process may mount."""
    if not can_mount():
        raise Missing("this process may not mount file systems: run as root, outside a container")


def need_filesystem(kind: str) -> None:
    """Raise Missing unless the kernel knows this kind of file system."""
    if _known(kind):
        return
    if shutil.which("modprobe"):
        subprocess.run(["modprobe", kind], capture_output=True, check=False)
    if not _known(kind):
        raise Missing(f"this kernel has no {kind}")


def _known(kind: str) -> bool:
    return kind in Path("/proc/filesystems").read_text().split()
