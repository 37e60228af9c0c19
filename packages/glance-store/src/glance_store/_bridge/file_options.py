"""The options of the filesystem store, and how their values become settings."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from orlop.drivers.file.settings import FileSettings
from orlop.errors import InvalidSettings
from orlop.settings import YEAR
from oslo_config import cfg

from glance_store._bridge.options import Option

LOG = logging.getLogger(__name__)

DATADIR = "/var/lib/glance/images"
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
    return min(float(value), YEAR) if value else None


def _threads(value: int) -> int:
    return min(value, 256)


FILE_OPTIONS = (
    Option("filesystem_store_datadir", "path", {"default": DATADIR}),
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
