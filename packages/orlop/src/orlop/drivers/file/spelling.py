"""Whether a directory has this very name, or the file system only takes another one for it.

Some file systems look names up without regard to case (SMB, casefold of ext4, vfat), in another Unicode form (macOS),
without dots and blanks at the end (SMB), or by short names (vfat). There an image would be read, and deleted, by the id
of another one.
"""

from __future__ import annotations

import errno
import unicodedata
from os import path

from orlop.drivers.file.folder import Folder
from orlop.drivers.file.names import decoded, encoded

_NO_NAME = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL})
"""There is nothing of such a name, or there cannot be."""


def has_exactly(folder: Folder, name: bytes) -> bool:
    """Whether the directory has an entry of this very name.

    Reading the whole directory is left out where no other spelling leads to the same file.
    """
    try:
        status = folder.status(name)
    except FileNotFoundError:
        return False
    if not _often_cut(name):
        for other in spellings(name):
            try:
                same = path.samestat(folder.status(other), status)
            except OSError as error:
                if error.errno not in _NO_NAME:
                    raise
                continue
            if same:
                break
        else:
            return True
    return name in folder.names()


def spellings(name: bytes) -> list[bytes]:
    """Other names that a file system may take for this one."""
    text = decoded(name)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return []  # no text: nothing folds it
    found = {text.swapcase(), text.upper(), text.lower(), text.casefold()}
    for form in ("NFC", "NFD"):
        found.add(unicodedata.normalize(form, text))
    return sorted(encoded(other) for other in found - {text})


def _often_cut(name: bytes) -> bool:
    """Whether the name has what some file systems cut off, or read in another way."""
    return name.endswith((b".", b" ")) or b"~" in name or b":" in name
