"""Whether a directory is what it should be, or the empty folder under a missing mount."""

from __future__ import annotations

import os
import re
from pathlib import Path

from orlop.drivers.file.names import encoded, on_disk
from orlop.drivers.file.settings import Directory
from orlop.errors import Unavailable

_MOUNTS = Path("/proc/self/mountinfo")
_OCTAL = re.compile(rb"\\([0-7]{3})")


def require_usable(place: Directory) -> None:
    """See that the directory's mount point is mounted, that its marker is there, and the directory itself.

    Raises:
        Unavailable: it is not; nothing may be read, written or concluded there.
    """
    if place.mount_point is not None and not is_mounted(place.mount_point):
        raise Unavailable.until_mended(f"{place.mount_point} is not mounted; mount it, nothing is written under it")
    if place.marker_file is not None and not is_there(place.marker_file, follow=True):
        raise Unavailable.until_mended(
            f"the marker {place.marker_file} is missing; is the right file system mounted there?"
        )
    if not place.may_be_created and not on_disk(place.path).is_dir():
        raise Unavailable.until_mended(f"there is no directory {place.path}; create it there, or mount what holds it")


def usable(place: Directory) -> bool:
    """Whether `require_usable` passes."""
    try:
        require_usable(place)
    except Unavailable:
        return False
    return True


def is_mounted(folder: Path) -> bool:
    """Whether something is mounted on this very folder; bind mounts, which os.path.ismount does not see, count too."""
    try:
        table = _MOUNTS.read_bytes()
    except OSError:
        return os.path.ismount(on_disk(folder))
    wanted = os.path.realpath(encoded(folder))
    # proc_pid_mountinfo(5): the fifth field is the mount point, with spaces and the like as \ooo.
    fields = (line.split(b" ", 5) for line in table.split(b"\n") if line)
    return any(_OCTAL.sub(lambda code: bytes([int(code[1], 8)]), field[4]) == wanted for field in fields)


def is_there(path: Path, *, follow: bool = False) -> bool:
    """Whether there is anything of this name; what cannot be known is an error, not a False (unlike os.path.exists)."""
    try:
        on_disk(path).stat(follow_symlinks=follow)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        error.filename = str(path)
        raise
    return True
