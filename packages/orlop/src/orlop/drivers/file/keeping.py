"""Digests kept with the image: in extended attributes of its file, or in a hidden file beside it.

Attributes are set before the image becomes visible, and go wherever the file goes. A sidecar is for file systems that
have none: staged before the image is published, named right after it, and removed before the image.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from orlop.drivers.file.guards import is_there
from orlop.drivers.file.names import SIDECAR, staged_name
from orlop.drivers.file.staging import Staged
from orlop.records import Leftover

_ATTRIBUTE = "user.orlop.digest."
_NO_ATTRIBUTES = frozenset({errno.ENOTSUP, errno.ENOSYS, errno.EPERM})
"""No extended attributes here (xattr(7))."""
_NO_ROOM = frozenset({errno.ENOSPC, errno.E2BIG})
"""No room for them in the inode; a sidecar still has some."""


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


def sidecar_of(path: Path) -> Path:
    """The hidden file with the digests of the image in `path`."""
    return path.with_name(SIDECAR + path.name)


def stage_sidecar(path: Path, digests: Mapping[str, str], mode: int | None, *, durable: bool) -> Staged:
    """The sidecar for the image in `path`, written under a hidden name of an upload."""
    staged = Staged(path.parent, path.name, mode)
    try:
        staged.write(0, json.dumps(dict(digests), sort_keys=True).encode())
        if mode is not None:
            with staged.using() as descriptor:
                os.fchmod(descriptor, mode)
        staged.settle(durable=durable)
    except BaseException:
        staged.discard()
        raise
    return staged


@contextmanager
def sidecar_aside(path: Path) -> Iterator[None]:
    """While inside, the image in `path` may be removed: its sidecar is out of the way.

    The sidecar goes first, so that it never meets a later image of the same id; it comes back when the image stays.
    """
    sidecar, aside = sidecar_of(path), path.with_name(staged_name(path.name))
    try:
        sidecar.rename(aside)
    except FileNotFoundError:
        yield
        return
    try:
        yield
    except BaseException:
        with suppress(OSError):
            aside.rename(sidecar) if is_there(path) else aside.unlink()
        raise
    aside.unlink(missing_ok=True)


def kept_digests(path: Path) -> Mapping[str, str]:
    """The digests kept with the image in `path`; empty when there are none, or none that this user may see."""
    try:
        found = {
            name.removeprefix(_ATTRIBUTE): os.getxattr(path, name, follow_symlinks=False).decode("ascii", "replace")
            for name in os.listxattr(path, follow_symlinks=False)
            if name.startswith(_ATTRIBUTE)
        }
    except OSError as error:
        if error.errno not in _NO_ATTRIBUTES | {errno.EACCES}:
            raise
        found = {}
    return found or _from_sidecar(sidecar_of(path))


def _from_sidecar(sidecar: Path) -> Mapping[str, str]:
    try:
        content = json.loads(sidecar.read_bytes())
    except (FileNotFoundError, PermissionError):
        return {}
    except ValueError:
        return {}  # damaged: as good as none, and 'verify' says that there is none
    return {str(key): str(value) for key, value in content.items()} if isinstance(content, dict) else {}


def orphan(sidecar: Path) -> Leftover | None:
    """The sidecar as a leftover, when there is no image to it."""
    image_id = sidecar.name.removeprefix(SIDECAR)
    try:
        size = sidecar.lstat().st_blocks * 512
    except FileNotFoundError:
        return None
    return None if is_there(sidecar.with_name(image_id)) else Leftover(str(sidecar), size, image_id)


def remove_orphan(sidecar: Path) -> None:
    """Remove a sidecar without an image; an image of its id may be published at this very moment."""
    try:
        seen = sidecar.lstat()
        if orphan(sidecar) is None:
            return
        aside = sidecar.with_name(staged_name(sidecar.name.removeprefix(SIDECAR)))
        sidecar.rename(aside)
    except FileNotFoundError:
        return
    if not os.path.samestat(seen, aside.lstat()):
        with suppress(FileExistsError):
            os.link(aside, sidecar)  # it was a new image's
    aside.unlink(missing_ok=True)
