"""mount and umount."""

import subprocess
import time
from pathlib import Path

from servers.folder import mounts_under
from servers.missing import Missing


def mount(what: str | Path, where: Path, *, kind: str, options: str) -> None:
    """Mount a file system."""
    command = ["mount", "-t", kind, "-o", options, str(what), str(where)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Missing(f"{' '.join(command)}: {done.stderr.strip()}")


def unmount(where: Path, patience: float = 10) -> None:
    """Unmount; wait for files that are open there, then raise an error that names their owners."""
    end = time.monotonic() + patience
    while where in mounts_under(where):
        done = subprocess.run(["umount", str(where)], capture_output=True, text=True, check=False)
        if done.returncode != 0 and time.monotonic() > end:
            raise OSError(f"{done.stderr.strip()}; in use by {_users(where) or 'nobody seen'}")
        if done.returncode != 0:
            time.sleep(0.05)


def _users(where: Path) -> str:
    """Return the processes with a file open on this file system."""
    device = where.stat().st_dev
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if link.stat().st_dev == device:
                process = link.parent.parent
                found.add(f"{(process / 'comm').read_text().strip()} ({process.name})")
        except OSError:
            continue  # it has just been closed
    return ", ".join(sorted(found))
