"""The private folder in which a server keeps its files."""

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path


def private_folder(undo: ExitStack, given: Path | None, name: str) -> Path:
    """Return a server's folder: the given one, which stays, or a new one, which `undo` removes."""
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        return given.resolve()
    made = Path(tempfile.mkdtemp(prefix=f"{name}-")).resolve()
    undo.callback(remove, made)
    return made


def remove(folder: Path) -> None:
    """Remove a folder and all in it, unless a file system is still mounted there."""
    # To remove through a mount would empty what is mounted: a pass-through's root is someone else's
    # data.
    still = mounts_under(folder)
    if still:
        raise OSError(f"{folder} is kept: still mounted there: {', '.join(map(str, still))}")
    shutil.rmtree(folder, ignore_errors=True)


def mounts_under(folder: Path) -> list[Path]:
    """Return the mount points at and under a folder, the last mounted first."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        # mountinfo writes a blank as \040; the escapes are octal, as in a bytes literal
        point = Path(os.fsdecode(line.split()[4].encode().decode("unicode_escape").encode("latin-1")))
        if point.is_relative_to(folder):
            found.append(point)
    return found[::-1]
