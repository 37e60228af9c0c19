"""A file system in memory, of limited size."""

from pathlib import Path

from servers.filesystems.mounts import mount, unmount
from servers.filesystems.probe import need_mounts
from servers.folder import private_folder
from servers.server import Server


class Tmpfs(Server):
    """A tmpfs at `.path`, with room for `size` bytes and for so many inodes (the root is one)."""

    def __init__(self, size: int, *, inodes: int | None = None, folder: Path | None = None) -> None:
        super().__init__()
        self._options = f"size={size}" + (f",nr_inodes={inodes}" if inodes else "")
        self._given = folder

    def _start(self) -> None:
        need_mounts()
        self.path = private_folder(self._undo, self._given, "tmpfs") / "mnt"
        self.path.mkdir()
        self._undo.callback(self.path.rmdir)
        mount("tmpfs", self.path, kind="tmpfs", options=self._options)
        self._undo.callback(unmount, self.path)
