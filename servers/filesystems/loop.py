"""A file system in a file, mounted through a loop device."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from servers.debian import need
from servers.filesystems.ioctls import Freezer, shut_down
from servers.filesystems.mounts import mount, unmount
from servers.filesystems.probe import need_filesystem, need_mounts
from servers.folder import private_folder
from servers.missing import Missing
from servers.server import Server

Kind = Literal["ext4", "xfs", "btrfs"]

PACKAGES: dict[Kind, str] = {"ext4": "e2fsprogs", "xfs": "xfsprogs", "btrfs": "btrfs-progs"}
_MAKE: dict[Kind, list[str]] = {
    "ext4": ["mkfs.ext4", "-q", "-F", "-m", "0"],  # -m 0: no room that is root's alone
    "xfs": ["mkfs.xfs", "-q", "-f", "-m", "reflink=1"],
    "btrfs": ["mkfs.btrfs", "-q", "-f"],
}
_LEAST: dict[Kind, int] = {"ext4": 2 << 20, "xfs": 300 << 20, "btrfs": 128 << 20}


class LoopFilesystem(Server):
    """A file system of its own at `.path`; nothing in it outlives the `with` block.

    size:   of the image, which is sparse; at least 300 MiB for xfs, 128 MiB for btrfs.
    inodes: how many, for ext4 only.
    folder: where the image and the mount point are; by default a new one.
    """

    def __init__(
        self,
        kind: Kind = "ext4",
        size: int = 400 << 20,
        *,
        inodes: int | None = None,
        folder: Path | None = None,
    ) -> None:
        super().__init__()
        if size < _LEAST[kind]:
            raise ValueError(f"{kind} needs at least {_LEAST[kind]} bytes")
        if inodes is not None and kind != "ext4":
            raise ValueError(f"the number of inodes of {kind} cannot be chosen")
        self.kind = kind
        self._size = size
        self._make = [*_MAKE[kind], *([] if inodes is None else ["-N", str(inodes)])]
        self._given = folder
        self._freezer: Freezer | None = None
        self._read_only = False

    def _start(self) -> None:
        need(PACKAGES[self.kind])
        need_mounts()
        need_filesystem(self.kind)
        folder = private_folder(self._undo, self._given, self.kind)
        self.image = folder / "image"
        self.path = folder / "mnt"
        self.path.mkdir()
        self._undo.callback(self.path.rmdir)
        self._undo.callback(self.image.unlink)
        with self.image.open("xb") as image:
            image.truncate(self._size)
        _run(*self._make, str(self.image))
        self._mount()
        self._undo.callback(unmount, self.path)
        self._undo.callback(self.thaw)

    def _mount(self) -> None:
        # The loop device is let go by itself, with the mount.
        options = "loop,ro" if self._read_only else "loop"
        mount(self.image, self.path, kind=self.kind, options=options)

    def remount(self, *, read_only: bool) -> None:
        """Let writes fail with EROFS, or succeed again."""
        _run("mount", "-o", f"remount,{'ro' if read_only else 'rw'}", str(self.path))
        self._read_only = read_only

    def power_cut(self) -> None:
        """Lose what has not reached the disk, and mount what is left. btrfs: Missing.

        No file may be open there: the file system could not be unmounted.
        """
        self.thaw()
        shut_down(self.path)
        unmount(self.path)
        self._mount()

    def drop_caches(self) -> None:
        """Unmount and mount again, so that all is read from the image anew."""
        self.thaw()
        unmount(self.path)
        self._mount()

    def freeze(self) -> None:
        """Let every writer wait, unkillably; who freezes must not write before it thaws."""
        if self._freezer is None:
            self._freezer = Freezer(self.path)
            self._freezer.freeze()

    def thaw(self) -> None:
        """Let the writers go on."""
        if self._freezer is not None:
            self._freezer.close()
            self._freezer = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze, and surely thaw."""
        self.freeze()
        try:
            yield
        finally:
            self.thaw()

    def quota(self, limit: int, name: str = "limited") -> Path:
        """Return a new folder in which only so many bytes may be used: then EDQUOT. btrfs only."""
        if self.kind != "btrfs":
            raise Missing(f"quotas here are those of btrfs, not of {self.kind}")
        folder = self.path / name
        _run("btrfs", "quota", "enable", str(self.path))
        _run("btrfs", "subvolume", "create", str(folder))
        _run("btrfs", "qgroup", "limit", str(limit), str(folder))
        # The limit holds from the next transaction on.
        _run("btrfs", "filesystem", "sync", str(self.path))
        return folder


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
