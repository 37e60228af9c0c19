"""Digests kept with the image: in extended attributes of its file, or in a hidden file beside it.

Attributes are set before the image becomes visible, and go wherever the file goes. A sidecar is for file systems that
have none: written after the image by the one who published it, removed before the image.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path

from orlop.drivers.file.names import SIDECAR
from orlop.drivers.file.staging import Staged

_ATTRIBUTE = "user.orlop.digest."
_NO_ATTRIBUTES = frozenset({errno.ENOTSUP, errno.ENOSYS, errno.ENOSPC, errno.E2BIG, errno.EPERM})
"""No extended attributes here, or no room for them in the inode (xattr(7))."""


def keep_in_attributes(descriptor: int, digests: Mapping[str, str]) -> bool:
    """Write digests into the file's attributes; False when the file system has none."""
    try:
        for algorithm, value in digests.items():
            os.setxattr(descriptor, _ATTRIBUTE + algorithm, value.encode())
    except OSError as error:
        if error.errno not in _NO_ATTRIBUTES:
            raise
        return False
    return True


def sidecar_of(path: Path) -> Path:
    """The hidden file with the digests of the image in `path`."""
    return path.with_name(SIDECAR + path.name)


def keep_in_sidecar(path: Path, digests: Mapping[str, str], mode: int | None, *, durable: bool) -> None:
    """Write digests into the sidecar of the image in `path`, replacing one that an image of old has left."""
    staged = Staged(path.parent, path.name, mode)
    try:
        with staged.using() as descriptor:
            if mode is not None:
                os.fchmod(descriptor, mode)
            text = json.dumps(dict(digests), sort_keys=True).encode()
            os.write(descriptor, text)
            if durable:
                os.fsync(descriptor)
        staged.path.rename(sidecar_of(path))
    finally:
        staged.remove()
        staged.close()


def kept_digests(path: Path) -> Mapping[str, str]:
    """The digests kept with the image in `path`; empty when there are none."""
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_ATTRIBUTES:
            raise
        names = []
    found = {
        name.removeprefix(_ATTRIBUTE): os.getxattr(path, name, follow_symlinks=False).decode("ascii", "replace")
        for name in names
        if name.startswith(_ATTRIBUTE)
    }
    return found or _from_sidecar(sidecar_of(path))


def _from_sidecar(sidecar: Path) -> Mapping[str, str]:
    try:
        content = json.loads(sidecar.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        return {}  # damaged: as good as none, and 'verify' says that there is none
    return {str(key): str(value) for key, value in content.items()} if isinstance(content, dict) else {}
