"""Digests kept with the image: in extended attributes of its file, or in a hidden file beside it.

Attributes are set before the image becomes visible, and go wherever the file goes. A sidecar is for file systems that
have none: staged before the image is published, named right after it, and removed before the image.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from orlop.drivers.file.folder import Folder
from orlop.drivers.file.names import decoded, encoded, sidecar_name, staged_name
from orlop.drivers.file.staging import Staged
from orlop.records import Leftover

_ATTRIBUTE = "user.orlop.digest."
_NO_ATTRIBUTES = frozenset({errno.ENOTSUP, errno.ENOSYS, errno.EPERM})
"""No extended attributes here (xattr(7))."""
_NO_ROOM = frozenset({errno.ENOSPC, errno.E2BIG})
"""No room for them in the inode; a sidecar still has some."""
_UNREADABLE = frozenset({errno.EACCES, errno.EPERM, errno.ENXIO, errno.ELOOP, errno.ENODATA, errno.ENODEV})
_LARGEST_SIDECAR = 64 * 1024
"""Bytes; a digest takes some hundred."""
_DIGEST = re.compile(r"[0-9a-fA-F]{8,512}")
_ALGORITHM = re.compile(r"[a-z0-9_-]{1,40}")


def keep_in_attributes(descriptor: int, digests: Mapping[str, str], *, only_way: bool = False) -> bool:
    """Write digests into the file's attributes; False, and none is left, when they cannot be kept there.

    When it is the `only_way`, a lack of room is an error and not a False.
    """
    try:
        for algorithm, value in digests.items():
            os.setxattr(descriptor, _ATTRIBUTE + algorithm, value.encode())
    except OSError as error:
        if error.errno not in _NO_ATTRIBUTES and (only_way or error.errno not in _NO_ROOM):
            raise
        for algorithm in digests:
            with suppress(OSError):
                os.removexattr(descriptor, _ATTRIBUTE + algorithm)
        return False
    return True


def stage_sidecar(
    folder: Folder, image_id: str, digests: Mapping[str, str], mode: int | None, *, durable: bool
) -> Staged:
    """The sidecar of an image, written under a hidden name of an upload."""
    staged = Staged(folder, image_id, mode)
    try:
        staged.write(0, json.dumps(dict(digests), sort_keys=True).encode())
        if mode is not None:
            with staged.handle as descriptor:
                os.fchmod(descriptor, mode)
        staged.settle(durable=durable)
    except BaseException:
        staged.discard()
        raise
    return staged


@contextmanager
def sidecar_aside(folder: Folder, image_id: str, token: str | None = None) -> Iterator[None]:
    """While inside, the image may be removed: its sidecar is out of the way, under the hidden name of the `token`.

    The sidecar goes first, so that it never meets a later image of the same id; it comes back when the image stays.
    """
    sidecar, aside = sidecar_name(image_id), staged_name(image_id, token)
    if not _moved(folder, sidecar, aside):
        yield
        return
    try:
        yield
    except BaseException:
        with suppress(OSError):
            folder.rename(aside, sidecar) if folder.has(encoded(image_id)) else folder.unlink(aside)
        raise
    folder.unlink(aside, missing_ok=True)


def drop_sidecar(folder: Folder, image_id: str) -> None:
    """Remove the sidecar that an earlier image has left."""
    name = sidecar_name(image_id)
    with suppress(FileNotFoundError):
        if not stat.S_ISDIR(folder.status(name).st_mode):
            folder.unlink(name)


def _moved(folder: Folder, sidecar: bytes, aside: bytes) -> bool:
    """Whether there was a sidecar, which has another name now; a folder of its name is nobody's."""
    with suppress(FileNotFoundError):
        if not stat.S_ISDIR(folder.status(sidecar).st_mode):
            folder.rename(sidecar, aside)
            return True
    return False


def kept_digests(folder: Folder, name: bytes) -> tuple[os.stat_result, Mapping[str, str]]:
    """The status of a regular file, and the digests kept with it: both of one and the same file.

    There are none where none were kept, where this user may not see them, and where they are damaged.
    """
    status = folder.status(name)
    if not stat.S_ISREG(status.st_mode):
        return status, {}
    try:
        descriptor = folder.open(name, os.O_RDONLY)
    except OSError as error:
        if error.errno not in _UNREADABLE:
            raise
        return status, _from_sidecar(folder, name)
    try:
        with folder.told(name):
            status = os.fstat(descriptor)
            found = _from_attributes(descriptor)
    finally:
        os.close(descriptor)
    return status, found or _from_sidecar(folder, name)


def _from_attributes(descriptor: int) -> Mapping[str, str]:
    try:
        names = [name for name in os.listxattr(descriptor) if name.startswith(_ATTRIBUTE)]
        values = {name: os.getxattr(descriptor, name).decode("ascii", "replace") for name in names}
    except OSError as error:
        if error.errno not in _NO_ATTRIBUTES | _UNREADABLE:
            raise
        return {}
    return _digests({name.removeprefix(_ATTRIBUTE): value for name, value in values.items()})


def _from_sidecar(folder: Folder, name: bytes) -> Mapping[str, str]:
    try:
        content = folder.read_small(sidecar_name(decoded(name)), _LARGEST_SIDECAR)
        return {} if content is None else _digests(json.loads(content))
    except OSError as error:
        if error.errno not in _UNREADABLE | {errno.ENOENT, errno.ENAMETOOLONG}:
            raise
    except (ValueError, RecursionError):
        pass  # damaged: as good as none, and 'verify' says that there is none
    return {}


def _digests(content: Any) -> Mapping[str, str]:
    """What of it are digests."""
    if not isinstance(content, dict):
        return {}
    return {
        key: value
        for key, value in content.items()
        if isinstance(value, str) and _ALGORITHM.fullmatch(key) and _DIGEST.fullmatch(value)
    }


def orphan(folder: Folder, sidecar: bytes, image_id: str) -> Leftover | None:
    """The sidecar as a leftover, when there is no image to it."""
    try:
        size = folder.status(sidecar).st_blocks * 512
    except FileNotFoundError:
        return None
    place = f"{folder.path}/{decoded(sidecar)}"
    return None if folder.has(encoded(image_id)) else Leftover(place, size, image_id)


def remove_orphan(folder: Folder, sidecar: bytes, image_id: str) -> None:
    """Remove a sidecar without an image; an image of its id may be published at this very moment."""
    try:
        seen = folder.status(sidecar)
        if orphan(folder, sidecar, image_id) is None:
            return
        aside = staged_name(image_id)
        folder.rename(sidecar, aside)
    except FileNotFoundError:
        return
    if not os.path.samestat(seen, folder.status(aside)):
        with suppress(FileExistsError):
            folder.link(aside, sidecar)  # it was a new image's
    folder.unlink(aside, missing_ok=True)
