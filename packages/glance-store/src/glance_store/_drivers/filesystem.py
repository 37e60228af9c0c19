"""The filesystem store."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orlop.drivers.file.settings import FileSettings
from orlop.errors import InvalidSettings
from orlop.store import Store as OrlopStore
from oslo_config import cfg

from glance_store._bridge.locations import UriLocation
from glance_store._bridge.options import Option, declared
from glance_store._bridge.store import Store as BridgedStore
from glance_store.capabilities import BitMasks

LOG = logging.getLogger(__name__)

_DATADIR = "/var/lib/glance/images"
_GRAIN = 64 * 1024


def _directories(values: Sequence[str]) -> list[dict[str, Any]]:
    """`PATH` or `PATH:PRIORITY` each."""
    priorities: dict[str, int] = {}
    for value in values:
        path, mark, priority = value.rpartition(":")
        path, number = (path, priority) if mark else (value, "0")
        path = path.strip()
        try:
            wanted = int(number)
        except ValueError:
            raise InvalidSettings(f"filesystem_store_datadirs: {number!r} of {value!r} is no priority") from None
        if path in priorities:
            if priorities[path] != wanted:
                raise InvalidSettings(f"filesystem_store_datadirs: {path} stands there with two priorities")
            LOG.warning("filesystem_store_datadirs: %s stands there twice", path)
        priorities[path] = wanted
    return [{"path": path, "priority": priority, "create": False} for path, priority in priorities.items()]


def _mode(value: int) -> str | None:
    """Decimal digits that are meant as octal ones."""
    return f"0{value}" if value > 0 else None


def _block(value: int) -> int | None:
    """What is smaller than orlop's own block gives way to it: it only was slower."""
    own = int(FileSettings.model_fields["block_size"].default)
    return None if value <= own else min(-(-value // _GRAIN) * _GRAIN, 64 * 1024 * 1024)


def _seconds(value: int) -> float | None:
    return float(value) if value else None


def _threads(value: int) -> int:
    return min(value, 256)


_TABLE = (
    Option("filesystem_store_datadir", "path", {"default": _DATADIR}),
    Option(
        "filesystem_store_datadirs",
        "directories",
        {
            "deprecated_for_removal": True,
            "deprecated_since": "Flamingo",
            "deprecated_reason": "Several stores, each with one directory, do the same and can be told apart.",
            "help": "Several directories, each as PATH or PATH:PRIORITY. A new image goes where the priority is "
            "largest and it fits; among equals, where most is free. filesystem_store_datadir is not used then.",
        },
        cfg.MultiStrOpt,
        _directories,
    ),
    Option("filesystem_store_metadata_file", "metadata_file"),
    Option(
        "filesystem_store_file_perm",
        "mode",
        {
            "default": 0,
            "help": "Permissions of image files, the digits read as octal: 640 lets the group read. 0 and less: what "
            "the umask leaves.",
        },
        cfg.IntOpt,
        _mode,
    ),
    Option(
        "filesystem_store_chunk_size",
        "block_size",
        {
            "default": 64 * 1024,
            "min": 1,
            "max": None,
            "help": "Bytes that are digested and written at once; less than orlop's own block_size counts as that.",
        },
        read=_block,
    ),
    Option("filesystem_thin_provisioning", "sparse", {"default": False}),
    Option(
        "filesystem_store_timeout",
        "deadline",
        {"default": 0, "min": 0, "help": "Seconds that one call to the file system may take; 0: orlop's own deadline."},
        cfg.IntOpt,
        _seconds,
    ),
    Option(
        "filesystem_store_thread_pool_size",
        "hang_limit",
        {
            "default": 10,
            "min": 1,
            "max": None,
            "help": "Calls that may hang at once; while so many do, the store answers at once that it is unavailable.",
        },
        read=_threads,
    ),
    Option(
        "filesystem_store_threadpool_threshold",
        None,
        {"default": 75, "min": 0, "max": 100, "help": "Not used: there is no pool of threads that could run out."},
        cfg.IntOpt,
    ),
)


class Store(BridgedStore):
    """Images in the files of one or several directories."""

    DRIVER = "file"
    SCHEMES = ("filesystem", "file")
    TABLE = _TABLE
    OPTIONS = declared(_TABLE, FileSettings)
    _CAPABILITIES = BitMasks.READ_RANDOM | BitMasks.WRITE_ACCESS | BitMasks.DRIVER_REUSABLE

    @property
    def datadir(self) -> str:
        """The directory where new images go first."""
        places = self._file_settings().places
        return str(max(places, key=lambda place: place.priority).path)

    @property
    def chunk_size(self) -> int:
        """What the option says; bytes."""
        return int(self.store_conf.filesystem_store_chunk_size)

    @property
    def thin_provisioning(self) -> bool:
        """Whether zeros become holes."""
        return self._file_settings().sparse

    def settings(self) -> dict[str, Any]:
        """What the options say; the directories are made when the store is configured, and never afterwards."""
        settings = super().settings()
        if settings.get("directories"):
            if settings.get("path") not in (None, "", _DATADIR):
                raise InvalidSettings(
                    "filesystem_store_datadir and filesystem_store_datadirs: only one of them can be set"
                )
            settings.pop("path", None)
        elif settings.get("path"):
            settings.setdefault("create", False)
        else:
            raise InvalidSettings("filesystem_store_datadir: a directory for the images is needed")
        if settings.get("metadata_file"):
            settings["metadata_file"] = self._found(settings["metadata_file"])
        return settings

    def opened(self) -> OrlopStore:
        """The store, its directories made where they are missing.

        Raises:
            InvalidSettings: the options are wrong, or a directory cannot be made.
        """
        opened = super().opened()
        assert isinstance(opened.settings, FileSettings)
        for place in opened.settings.places:
            if place.mount_point is not None or place.marker is not None:
                continue
            try:
                place.path.mkdir(mode=0o755, parents=True, exist_ok=True)
            except OSError as error:
                raise InvalidSettings(f"the directory {place.path} cannot be made: {error.strerror}") from error
        self._url_prefix = f"file://{max(opened.settings.places, key=lambda place: place.priority).path}/"
        return opened

    def _file_settings(self) -> FileSettings:
        settings = self.orlop.settings
        assert isinstance(settings, FileSettings)
        return settings

    def _found(self, name: str) -> str:
        """A file that may stand beside the configuration files."""
        found = self.conf.find_file(name)
        if found is None:
            raise InvalidSettings(f"filesystem_store_metadata_file: there is no file {name}")
        return str(Path(found).absolute())


class StoreLocation(UriLocation):
    """`file:///DIRECTORY/ID`, and `filesystem:///DIRECTORY/ID` of old."""

    SCHEMES = Store.SCHEMES

    def process_specs(self) -> None:
        """Take `scheme` and `path`."""
        self._uri = f"{self.specs.get('scheme', 'file')}://{self.specs.get('path')}"

    @property
    def path(self) -> str:
        """The path of the file."""
        return self._uri.partition("://")[2]
