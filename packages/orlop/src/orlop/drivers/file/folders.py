"""The directories of a store, opened, and gone through file by file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from orlop.drivers.file import faults
from orlop.drivers.file.folder import Folder
from orlop.drivers.file.guards import require_usable
from orlop.drivers.file.settings import Directory
from orlop.errors import Unavailable

T = TypeVar("T")


@contextmanager
def opened(place: Directory) -> Iterator[Folder | None]:
    """The directory; None when it is not there and may be made by the first image."""
    require_usable(place)
    try:
        folder = Folder(place.path)
    except FileNotFoundError:
        require_usable(place)
        yield None
        return
    with folder:
        yield folder


def each_of(place: Directory, look: Callable[[Directory, Folder, bytes], T | None]) -> Iterator[T]:
    """What `look` finds of each name in the directory. Nothing stays open between two of them.

    One bad file keeps nothing else from being found: its error comes at the end.

    Raises:
        Unavailable: another directory is there before the end is reached.
        OSError: at once when the file system does not answer, which concerns all of them.
    """
    with opened(place) as folder:
        if folder is None:
            return
        names, identity = folder.names(), folder.identity
    failed: OSError | None = None
    for name in names:
        try:
            found = _looked(place, identity, name, look)
        except OSError as error:
            if faults.meaning(error) is Unavailable:
                raise
            failed = failed or error
            continue
        if found is not None:
            yield found
    if failed is not None:
        raise failed


def _looked(
    place: Directory, identity: str, name: bytes, look: Callable[[Directory, Folder, bytes], T | None]
) -> T | None:
    with opened(place) as folder:
        if folder is None or folder.identity != identity:
            raise Unavailable(f"{place.path} has been replaced while it was listed; try again")
        return look(place, folder, name)
